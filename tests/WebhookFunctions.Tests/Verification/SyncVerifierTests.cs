using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Sync;
using WebhookFunctions.Verification;


namespace WebhookFunctions.Tests.Verification;

public sealed class SyncVerifierTests
{
    private const long Now = 1_704_888_000;
    private const string Secret = "whsec_test";

    private static readonly byte[] Body = "{\"status\":\"COMPLETED\",\"id\":\"asdas12312ada\"}"u8.ToArray();

    [Fact]
    public async Task The_vector_is_accepted()
    {
        var vector = Vectors.Read("sync.json");
        using var request = WebhookRequests.Create(
            vector.GetProperty("body").GetString()!, (SyncVerifier.SignatureHeader, vector.GetProperty("header").GetString()));

        var verdict = await VerifyAsync(request, [vector.GetProperty("secret").GetString()!]);

        Assert.Equal(Verdict.Genuine(SignatureCoverage.RawBody), verdict);
    }

    [Fact]
    public Task Any_body_is_genuine_when_signed_and_refused_after_one_bit_changed() =>
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 8, 60], Generated.Body, Gen.UInt).SampleAsync(
            async (secret, body, bit) =>
            {
                var time = Now.ToString(CultureInfo.InvariantCulture);
                var mac = Signatures.SyncMac(secret, time, body);

                Assert.True(await IsGenuineAsync(body, time, mac));
                Assert.False(body.Length > 0 && await IsGenuineAsync(Generated.Flip(body, bit), time, mac));
                Assert.False(await IsGenuineAsync(body, Generated.Flip(time, bit), mac));
                Assert.False(await IsGenuineAsync(body, time, Generated.Flip(mac, bit)));

                async Task<bool> IsGenuineAsync(byte[] b, string t, byte[] m)
                {
                    using var request = WebhookRequests.Create(b, (SyncVerifier.SignatureHeader, $"t={t},v1={Signatures.Hex(m)}"));
                    return (await VerifyAsync(request, [secret])).IsGenuine;
                }
            },
            iter: 200);

    [Theory]
    [InlineData(0, true)]
    [InlineData(300, true)]
    [InlineData(-300, true)]
    [InlineData(301, false)]
    [InlineData(-301, false)]
    public async Task The_time_may_be_seconds_or_milliseconds(int seconds, bool isGenuine)
    {
        foreach (var time in new[] { Now + seconds, (Now + seconds) * 1000 })
        {
            using var request = Signed(Signatures.Sync(Secret, time, Body));

            Assert.Equal(isGenuine ? RejectionReason.None : RejectionReason.StaleTimestamp, (await VerifyAsync(request)).Rejection);
        }
    }

    [Theory]
    [InlineData("{0},{1}", true)]
    [InlineData("{1},{0}", true)]
    [InlineData("{0}, {1}", true)]
    [InlineData("{0},v0=00,{1},v2=ff", true)]
    [InlineData("{0},v1=00,{1}", true)]
    [InlineData("{0},v1=0000000000000000000000000000000000000000000000000000000000000000,{1}", true)]
    [InlineData("{0},{0},{1}", false)]
    [InlineData("{1}", false)]
    [InlineData("{0}", false)]
    [InlineData("{0};{1}", false)]
    [InlineData("{0}{1}", false)]
    [InlineData("", false)]
    [InlineData(",,,,", false)]
    [InlineData("t=,{1}", false)]
    [InlineData("T=1704888000,{1}", false)]
    [InlineData("t=+1704888000,{1}", false)]
    [InlineData("t=1704888000.0,{1}", false)]
    [InlineData("t=17048880000000000000000000000,{1}", false)]
    [InlineData("{0},v1=", false)]
    [InlineData("{0},v1=zz", false)]
    public async Task The_forms_of_a_header_are_recognized(string form, bool isGenuine)
    {
        var parts = Signatures.Sync(Secret, Now, Body).Split(',');
        using var request = Signed(string.Format(CultureInfo.InvariantCulture, form, parts[0], parts[1]));

        Assert.Equal(isGenuine, (await VerifyAsync(request)).IsGenuine);
    }

    [Fact]
    public async Task Hex_digits_may_be_in_upper_case()
    {
        var parts = Signatures.Sync(Secret, Now, Body).Split("v1=");
        using var request = Signed(parts[0] + "v1=" + parts[1].ToUpperInvariant());

        Assert.True((await VerifyAsync(request)).IsGenuine);
    }

    [Theory]
    [InlineData("old-secret", true)]
    [InlineData("new-secret", true)]
    [InlineData("other-secret", false)]
    public async Task During_a_rotation_either_secret_is_accepted(string signedWith, bool isGenuine)
    {
        using var request = Signed(Signatures.Sync(signedWith, Now, Body));

        Assert.Equal(isGenuine, (await VerifyAsync(request, ["old-secret", "new-secret"])).IsGenuine);
        Assert.Equal(isGenuine, (await VerifyAsync(request, ["new-secret", "old-secret"])).IsGenuine);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task The_primary_signature_is_accepted_only_if_a_setting_says_so(bool isAccepted, bool isGenuine)
    {
        var bare = Signatures.Hex(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Body));
        foreach (var value in new[] { bare, Signatures.Sync(Secret, Now, Body) })
        {
            using var request = WebhookRequests.Create(Body, (SyncVerifier.PrimaryHeader, value));

            Assert.Equal(isGenuine, (await VerifyAsync(request, acceptPrimary: isAccepted)).IsGenuine);
        }
    }

    [Fact]
    public Task Any_body_is_genuine_by_its_primary_signature_and_refused_after_one_bit_changed() =>
        Gen.Select(Generated.Body, Gen.UInt).SampleAsync(
            async (body, bit) =>
            {
                var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body);

                Assert.True(await IsGenuineAsync(body, mac));
                Assert.False(body.Length > 0 && await IsGenuineAsync(Generated.Flip(body, bit), mac));
                Assert.False(await IsGenuineAsync(body, Generated.Flip(mac, bit)));

                static async Task<bool> IsGenuineAsync(byte[] b, byte[] m)
                {
                    using var request = WebhookRequests.Create(b, (SyncVerifier.PrimaryHeader, Signatures.Hex(m)));
                    return (await VerifyAsync(request, acceptPrimary: true)).IsGenuine;
                }
            },
            iter: 100);

    [Theory]
    [InlineData("t=1704888000,v1=00")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task The_primary_signature_does_not_replace_a_wrong_one(string signature)
    {
        var bare = Signatures.Hex(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Body));
        using var request = WebhookRequests.Create(Body, (SyncVerifier.SignatureHeader, signature), (SyncVerifier.PrimaryHeader, bare));

        Assert.False((await VerifyAsync(request, acceptPrimary: true)).IsGenuine);
    }

    [Theory]
    [InlineData("other-secret", RejectionReason.WrongSignature)]
    [InlineData(null, RejectionReason.MalformedHeader)]
    public async Task A_primary_signature_alone_must_be_correct(string? signedWith, RejectionReason expected)
    {
        var bare = signedWith is null ? "nonsense" : Signatures.Hex(HMACSHA256.HashData(Encoding.UTF8.GetBytes(signedWith), Body));
        using var request = WebhookRequests.Create(Body, (SyncVerifier.PrimaryHeader, bare));

        Assert.Equal(expected, (await VerifyAsync(request, acceptPrimary: true)).Rejection);
    }

    [Theory]
    [InlineData("{1}")]
    [InlineData("{0}")]
    [InlineData("t=,{1}")]
    [InlineData("t=soon,{1}")]
    [InlineData("{0},v1=zz")]
    [InlineData("{0},{0},{1}")]
    public async Task A_header_that_lacks_a_part_is_malformed_and_not_merely_wrong(string form)
    {
        var parts = Signatures.Sync(Secret, Now, Body).Split(',');
        using var request = Signed(string.Format(CultureInfo.InvariantCulture, form, parts[0], parts[1]));

        Assert.Equal(RejectionReason.MalformedHeader, (await VerifyAsync(request)).Rejection);
    }

    [Fact]
    public async Task Any_one_of_several_signatures_is_enough_and_more_than_eight_are_ignored()
    {
        var parts = Signatures.Sync(Secret, Now, Body).Split(',');
        var wrong = $"v1={new string('0', 64)}";

        Assert.True(await IsGenuineAsync([parts[1], wrong]));
        Assert.True(await IsGenuineAsync([wrong, parts[1], wrong]));
        Assert.True(await IsGenuineAsync([parts[1], parts[1]]));
        Assert.True(await IsGenuineAsync([.. Enumerable.Repeat(wrong, 7), parts[1]]));
        Assert.False(await IsGenuineAsync([.. Enumerable.Repeat(wrong, 8), parts[1]]));

        async Task<bool> IsGenuineAsync(string[] signatures)
        {
            using var request = Signed($"{parts[0]},{string.Join(',', signatures)}");
            return (await VerifyAsync(request)).IsGenuine;
        }
    }

    [Fact]
    public async Task A_primary_signature_with_a_stale_time_is_refused()
    {
        using var request = WebhookRequests.Create(Body, (SyncVerifier.PrimaryHeader, Signatures.Sync(Secret, Now - 301, Body)));

        Assert.Equal(RejectionReason.StaleTimestamp, (await VerifyAsync(request, acceptPrimary: true)).Rejection);
    }

    private static WebhookRequest Signed(string header) => WebhookRequests.Create(Body, (SyncVerifier.SignatureHeader, header));

    private static async Task<Verdict> VerifyAsync(WebhookRequest request, string[]? secrets = null, bool acceptPrimary = false)
    {
        var keys = new HmacKeyRing([.. (secrets ?? [Secret]).Select(Encoding.UTF8.GetBytes)]);
        var verifier = new SyncVerifier(keys, acceptPrimary, new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(Now)));
        return await verifier.VerifyAsync(request, TestContext.Current.CancellationToken);
    }
}
