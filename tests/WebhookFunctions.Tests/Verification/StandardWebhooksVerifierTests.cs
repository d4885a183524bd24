using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

public sealed class StandardWebhooksVerifierTests
{
    private const long Now = 1_614_265_330;

    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] OtherKey = [.. Enumerable.Range(101, 32).Select(i => (byte)i)];
    private static readonly byte[] Body = "{\"test\": 2432232314}"u8.ToArray();

    public static TheoryData<string> VectorNames() => [.. Cases().Select(vector => vector.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(VectorNames))]
    public async Task A_vector_has_its_expected_result(string name)
    {
        var vector = Cases().Single(v => v.GetProperty("name").GetString() == name);
        var timestamp = vector.GetProperty("timestamp").GetString();
        var isAccepted = vector.GetProperty("expect").GetString() == "accept";
        using var request = Request(
            Convert.FromHexString(vector.GetProperty("bodyHex").GetString()!),
            vector.GetProperty("id").GetString(),
            timestamp,
            vector.GetProperty("signature").GetString());
        var keys = HmacSecrets.Standard(TestSettings.Create(("SECRET", vector.GetProperty("secret").GetString())), "SECRET");

        var verdict = await VerifyAsync(keys!, request, isAccepted ? long.Parse(timestamp!, CultureInfo.InvariantCulture) : Now);

        Assert.Equal(isAccepted, verdict.IsGenuine);
    }

    [Fact]
    public Task Any_body_is_genuine_when_signed_and_refused_after_one_bit_changed() =>
        Gen.Select(Generated.Key, Generated.Body, Generated.Id, Gen.UInt).SampleAsync(
            async (key, body, id, bit) =>
            {
                var time = Now.ToString(CultureInfo.InvariantCulture);
                var signature = Signatures.StandardWebhooks(key, id, time, body);
                var keys = new HmacKeyRing([key]);
                Assert.True(await IsGenuineAsync(body, id, time, signature));
                Assert.False(body.Length > 0 && await IsGenuineAsync(Generated.Flip(body, bit), id, time, signature));
                Assert.False(await IsGenuineAsync(body, Generated.Flip(id, bit), time, signature));
                Assert.False(await IsGenuineAsync(body, id, Generated.Flip(time, bit), signature));
                Assert.False(await IsGenuineAsync(body, id, time, Generated.Flip(signature, bit)));

                async Task<bool> IsGenuineAsync(byte[] b, string i, string t, string s)
                {
                    using var request = Request(b, i, t, s);
                    return (await VerifyAsync(keys, request)).IsGenuine;
                }
            },
            iter: 200);

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    [InlineData(-86_400, false)]
    public async Task The_time_must_be_within_five_minutes_of_now(int seconds, bool isGenuine)
    {
        using var request = Signed(Key, "id", (Now + seconds).ToString(CultureInfo.InvariantCulture));

        var verdict = await VerifyAsync(new HmacKeyRing([Key]), request);

        Assert.Equal(isGenuine ? RejectionReason.None : RejectionReason.StaleTimestamp, verdict.Rejection);
    }

    [Theory]
    [InlineData("+1614265330")]
    [InlineData("-1614265330")]
    [InlineData(" 1614265330")]
    [InlineData("1614265330 ")]
    [InlineData("1,614,265,330")]
    [InlineData("1614265330.0")]
    [InlineData("1.614265330e9")]
    [InlineData("0x6037bd32")]
    [InlineData("1614265330\0")]
    [InlineData("١٦١٤٢٦٥٣٣٠")]
    [InlineData("18446744075323817000")]
    [InlineData("99999999999999999999999999999999999999")]
    [InlineData("NaN")]
    public async Task A_time_that_is_not_plain_digits_is_refused_even_when_signed(string timestamp)
    {
        using var request = Signed(Key, "id", timestamp);

        var verdict = await VerifyAsync(new HmacKeyRing([Key]), request);

        Assert.Equal(RejectionReason.MalformedHeader, verdict.Rejection);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(false, false, false)]
    public async Task During_a_rotation_either_key_is_accepted(bool signedByOld, bool signedByNew, bool isGenuine)
    {
        var time = Now.ToString(CultureInfo.InvariantCulture);
        string[] entries =
        [
            Signatures.StandardWebhooks(signedByOld ? Key : [0], "id", time, Body),
            Signatures.StandardWebhooks(signedByNew ? OtherKey : [1], "id", time, Body),
        ];
        using var request = Request(Body, "id", time, string.Join(' ', entries));

        Assert.Equal(isGenuine, (await VerifyAsync(new HmacKeyRing([Key, OtherKey]), request)).IsGenuine);
        Assert.Equal(isGenuine, (await VerifyAsync(new HmacKeyRing([OtherKey, Key]), request)).IsGenuine);
        Assert.Equal(signedByOld, (await VerifyAsync(new HmacKeyRing([Key]), request)).IsGenuine);
        Assert.Equal(signedByNew, (await VerifyAsync(new HmacKeyRing([OtherKey]), request)).IsGenuine);
    }

    [Theory]
    [InlineData("V1")]
    [InlineData("v1a")]
    [InlineData("v11")]
    [InlineData(" v1")]
    [InlineData("")]
    public async Task A_correct_signature_with_another_version_is_ignored(string version)
    {
        var time = Now.ToString(CultureInfo.InvariantCulture);
        var value = Signatures.StandardWebhooks(Key, "id", time, Body)[2..];
        using var request = Request(Body, "id", time, version + value);

        // A space before an entry only separates it from an empty one.
        Assert.Equal(version == " v1", (await VerifyAsync(new HmacKeyRing([Key]), request)).IsGenuine);
    }

    [Fact]
    public async Task A_list_is_read_only_up_to_a_limit()
    {
        var time = Now.ToString(CultureInfo.InvariantCulture);
        var right = Signatures.StandardWebhooks(Key, "id", time, Body);
        var wrong = Signatures.StandardWebhooks(OtherKey, "id", time, Body);
        using var last = Request(Body, "id", time, string.Join(' ', [.. Enumerable.Repeat(wrong, SignatureScheme.MaxEntries - 1), right]));
        using var beyond = Request(Body, "id", time, string.Join(' ', [.. Enumerable.Repeat(wrong, SignatureScheme.MaxEntries), right]));

        Assert.True((await VerifyAsync(new HmacKeyRing([Key]), last)).IsGenuine);
        Assert.False((await VerifyAsync(new HmacKeyRing([Key]), beyond)).IsGenuine);
    }

    [Fact]
    public async Task A_duplicate_header_is_refused()
    {
        var time = Now.ToString(CultureInfo.InvariantCulture);
        var right = Signatures.StandardWebhooks(Key, "id", time, Body);
        using var request = Request(Body, "id", time, right);
        request.Headers.Append(StandardWebhooks.SignatureHeader, right);

        Assert.Equal(RejectionReason.MissingHeader, (await VerifyAsync(new HmacKeyRing([Key]), request)).Rejection);
    }

    [Fact]
    public async Task Ids_that_UTF8_cannot_distinguish_are_refused()
    {
        // This encoder replaces the lone surrogates, so both ids would have the same signature.
        using var one = Signed(Key, "a\ud800", Now.ToString(CultureInfo.InvariantCulture));
        using var other = Signed(Key, "a\ud801", Now.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(RejectionReason.MalformedHeader, (await VerifyAsync(new HmacKeyRing([Key]), one)).Rejection);
        Assert.Equal(RejectionReason.MalformedHeader, (await VerifyAsync(new HmacKeyRing([Key]), other)).Rejection);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    [InlineData(30_000, false)]
    public async Task An_id_has_a_maximum_length(int length, bool isGenuine)
    {
        using var request = Signed(Key, new string('€', length), Now.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(isGenuine, (await VerifyAsync(new HmacKeyRing([Key]), request)).IsGenuine);
    }

    [Fact]
    public async Task Allocations_do_not_grow_with_the_body()
    {
        var keys = new HmacKeyRing([Key, OtherKey]);
        var small = await AllocatedAsync(new byte[100]);
        var large = await AllocatedAsync(new byte[1024 * 1024]);

        Assert.InRange(large - small, long.MinValue, 64);

        async Task<long> AllocatedAsync(byte[] body)
        {
            var time = Now.ToString(CultureInfo.InvariantCulture);
            using var request = Request(body, "id", time, Signatures.StandardWebhooks(Key, "id", time, body));
            // The first verification fills the pool.
            await VerifyAsync(keys, request);
            var verifier = StandardWebhooks.V1.Verifier(keys, new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(Now)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var verdict = verifier.VerifyAsync(request, CancellationToken.None);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True((await verdict).IsGenuine);
            return allocated;
        }
    }

    [Fact]
    public async Task Concurrent_requests_do_not_affect_each_other()
    {
        var verifier = StandardWebhooks.V1.Verifier(new HmacKeyRing([Key, OtherKey]), new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(Now)));
        var wrong = 0;

        await Parallel.ForAsync(0, 5_000, TestContext.Current.CancellationToken, async (i, cancellationToken) =>
        {
            var body = Encoding.UTF8.GetBytes($"{{\"n\":{i}}}");
            var time = Now.ToString(CultureInfo.InvariantCulture);
            var isForged = i % 3 == 0;
            using var request = Request(body, $"id{i}", time, Signatures.StandardWebhooks(isForged ? [9] : Key, $"id{i}", time, body));
            if ((await verifier.VerifyAsync(request, cancellationToken)).IsGenuine == isForged)
            {
                Interlocked.Increment(ref wrong);
            }
        });

        Assert.Equal(0, wrong);
    }

    private static JsonElement.ArrayEnumerator Cases() => Vectors.Read("standard-webhooks.json").GetProperty("cases").EnumerateArray();

    private static WebhookRequest Signed(byte[] key, string id, string timestamp) =>
        Request(Body, id, timestamp, Signatures.StandardWebhooks(key, id, timestamp, Body));

    private static WebhookRequest Request(byte[] body, string? id, string? timestamp, string? signature) => WebhookRequests.Create(
        body,
        (StandardWebhooks.IdHeader, id),
        (StandardWebhooks.TimestampHeader, timestamp),
        (StandardWebhooks.SignatureHeader, signature));

    private static async Task<Verdict> VerifyAsync(HmacKeyRing keys, WebhookRequest request, long now = Now) =>
        await StandardWebhooks.V1.Verifier(keys, new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(now)))
            .VerifyAsync(request, TestContext.Current.CancellationToken);
}
