using System.Globalization;
using System.Numerics;
using CsCheck;
using LocalHost.Samples;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using NSec.Cryptography;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Providers.StandIns;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

/// <summary>Tests of Gemini's dynamic webhooks in the form of live deliveries: <c>v1a</c>, Ed25519 with published keys.</summary>
public sealed class StandardWebhooksPublicKeyVerifierTests : PublicKeyBench
{
    // RFC 8032, 5.1: the order of the group.
    private static readonly BigInteger GroupOrder = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", CultureInfo.InvariantCulture);

    /// <summary>
    /// Gets every point of an order of 8 or less, and their non-canonical encodings. With such a point as public key, anyone can sign any message.
    /// </summary>
    public static TheoryData<string> PointsOfSmallOrder =>
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];

    [Theory]
    [InlineData("valid", true, RejectionReason.None)]
    [InlineData("valid", false, RejectionReason.WrongSignature)]
    [InlineData("of_an_empty_body", true, RejectionReason.WrongSignature)]
    [InlineData("of_the_body_alone", true, RejectionReason.WrongSignature)]
    [InlineData("of_the_digest", true, RejectionReason.WrongSignature)]
    public async Task A_vector_has_its_expected_result(string name, bool isItsBody, RejectionReason expected)
    {
        var vectors = Vectors.Read("gemini-dynamic-v1a.json");
        Api.OnJson("/vectors.json", vectors.GetProperty("jwks").GetRawText());
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(vectors.GetProperty("now").GetInt64()));
        var verifier = StandardWebhooks.V1A.Verifier(new JwksCache(Bench.Http, new Uri(Api.Origin + "/vectors.json"), clock), clock);
        using var request = WebhookRequests.Create(
            vectors.GetProperty("body").GetString() + (isItsBody ? "" : " "),
            (StandardWebhooks.IdHeader, vectors.GetProperty("id").GetString()),
            (StandardWebhooks.TimestampHeader, vectors.GetProperty("timestamp").GetString()),
            (StandardWebhooks.SignatureHeader, vectors.GetProperty(name).GetString()));

        Assert.Equal(expected, (await verifier.VerifyAsync(request, TestContext.Current.CancellationToken)).Rejection);
    }

    [Fact]
    public void The_primitive_is_that_of_RFC_8032()
    {
        foreach (var vector in Vectors.Read("ed25519.json").EnumerateArray())
        {
            var key = PublishedKeys.TryRead(Document(Hex("public")))!.Ed25519[0];
            var signature = Hex("signature");

            Assert.True(SignatureAlgorithm.Ed25519.Verify(key, Hex("message"), signature), vector.GetProperty("name").GetString());
            Assert.False(SignatureAlgorithm.Ed25519.Verify(key, [.. Hex("message"), 0], signature));

            byte[] Hex(string name) => Convert.FromHexString(vector.GetProperty(name).GetString()!);
        }
    }

    [Fact]
    public async Task It_covers_the_body_with_a_key_that_all_customers_share()
    {
        var verdict = await VerifyAsync(Signed("msg_1"));

        Assert.Equal(Verdict.GenuineBySharedKey(SignatureCoverage.RawBody), verdict);
        Assert.True(verdict.IsSharedKey);
    }

    [Theory]
    [InlineData(300, RejectionReason.None)]
    [InlineData(-300, RejectionReason.None)]
    [InlineData(301, RejectionReason.StaleTimestamp)]
    [InlineData(-301, RejectionReason.StaleTimestamp)]
    public async Task The_time_must_be_within_five_minutes_of_now(int seconds, RejectionReason expected) =>
        Assert.Equal(expected, (await VerifyAsync(Signed("msg_1", Bench.Clock.GetUtcNow().AddSeconds(seconds)))).Rejection);

    [Theory]
    [InlineData("webhook-id", null, RejectionReason.MissingHeader)]
    [InlineData("webhook-id", "", RejectionReason.MissingHeader)]
    [InlineData("webhook-id", "msg_2", RejectionReason.WrongSignature)]
    [InlineData("webhook-timestamp", null, RejectionReason.MissingHeader)]
    [InlineData("webhook-timestamp", "soon", RejectionReason.MalformedHeader)]
    [InlineData("webhook-timestamp", "-1", RejectionReason.MalformedHeader)]
    [InlineData("webhook-signature", null, RejectionReason.MissingHeader)]
    public async Task A_missing_or_wrong_header_is_refused(string name, string? value, RejectionReason expected) =>
        Assert.Equal(expected, (await VerifyAsync([.. Signed("msg_1").Select(header => header.Name == name ? (name, value) : header)])).Rejection);

    [Fact]
    public async Task An_id_above_the_limit_is_refused() =>
        Assert.Equal(RejectionReason.MalformedHeader, (await VerifyAsync(Signed(new string('a', EventKey.MaxWebhookIdLength + 1)))).Rejection);

    /// <summary>
    /// Uses headers in which RIGHT stands for the correct entry, WRONG for one of a key that is not published, and V1 for an entry of the other scheme.
    /// </summary>
    [Theory]
    [InlineData("RIGHT", true)]
    [InlineData("WRONG RIGHT", true)]
    [InlineData("V1 WRONG v1a,#### RIGHT", true)]
    [InlineData("RIGHT WRONG", true)]
    [InlineData(" RIGHT ", true)]
    [InlineData("RIGHT RIGHT", true)]
    [InlineData("WRONG WRONG WRONG WRONG WRONG WRONG WRONG RIGHT", true)]
    [InlineData("WRONG WRONG WRONG WRONG WRONG WRONG WRONG WRONG RIGHT", false)]
    [InlineData("WRONG", false)]
    [InlineData("RIGHT,WRONG", false)]
    [InlineData("RIGHT\tWRONG", false)]
    public async Task One_right_entry_of_a_list_is_enough(string list, bool isGenuine)
    {
        var right = Signature(Signed("msg_1"));
        var wrong = Signature(Signed("msg_1", keyId: "not published"));
        // V1 is replaced first, because one random signature in fifty contains these two letters.
        var value = list
            .Replace("V1", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", StringComparison.Ordinal)
            .Replace("RIGHT", right, StringComparison.Ordinal)
            .Replace("WRONG", wrong, StringComparison.Ordinal);

        Assert.Equal(isGenuine, (await VerifyAsync(With(value))).IsGenuine);
    }

    [Theory]
    [InlineData("v1,SIG")]
    [InlineData("V1A,SIG")]
    [InlineData("v1a,")]
    [InlineData("v1a;SIG,")]
    [InlineData("v1a,SIG=")]
    [InlineData("v1a, SIG")]
    [InlineData("v1a,AAAA")]
    [InlineData("v1a,%%%%")]
    [InlineData(",")]
    public async Task A_list_without_an_entry_of_the_scheme_is_refused_and_causes_no_fetch(string value)
    {
        var signature = Signature(Signed("msg_1"))["v1a,".Length..];

        Assert.Equal(RejectionReason.MalformedHeader, (await VerifyAsync(With(value.Replace("SIG", signature, StringComparison.Ordinal)))).Rejection);
        Assert.Equal(0, Api.JwksRequests);
    }

    [Fact]
    public async Task A_very_long_list_is_read_only_up_to_a_limit()
    {
        var right = Signature(Signed("msg_1"));

        Assert.True((await VerifyAsync(With(string.Join(' ', Enumerable.Repeat("x,", SignatureScheme.MaxEntries - 1).Append(right))))).IsGenuine);
        Assert.False((await VerifyAsync(With(string.Join(' ', Enumerable.Repeat("x,", SignatureScheme.MaxEntries).Append(right))))).IsGenuine);
    }

    [Fact]
    public async Task Any_webhook_is_accepted_when_signed_and_refused_after_one_bit_of_body_id_time_or_signature_changed()
    {
        var parts = Gen.OneOf("body", StandardWebhooks.IdHeader, StandardWebhooks.TimestampHeader, StandardWebhooks.SignatureHeader);
        await Gen.Select(Generated.Body, Generated.Id, parts, Gen.UInt).SampleAsync(
            async (body, id, part, bit) =>
            {
                var headers = GeminiStandIn.SignDynamic(id, body, Bench.Clock.GetUtcNow());
                Assert.Equal(RejectionReason.None, (await VerifyAsync(headers, body)).Rejection);

                var changed = part == "body" ? headers : [.. headers.Select(header => header.Name == part ? (part, Changed(header.Value!, bit)) : header)];
                Assert.False((await VerifyAsync(changed, part != "body" ? body : body.Length == 0 ? [0] : Generated.Flip(body, bit))).IsGenuine);
            },
            iter: 300,
            threads: 1);

        // Flips a bit of the text's UTF-16, so that letters outside ASCII can change too.
        static string Changed(string text, uint bit)
        {
            var letters = text.ToCharArray();
            letters[bit / 8 % letters.Length] ^= (char)(1 << (int)(bit % 8));
            return new string(letters);
        }
    }

    [Fact]
    public async Task Every_bit_of_a_signature_counts()
    {
        var signature = Signature(Signed("msg_1"));
        for (var bit = 0u; bit < signature.Length * 7; bit++)
        {
            Assert.False((await VerifyAsync(With(Generated.Flip(signature, bit)))).IsGenuine, $"Bit {bit}");
        }
    }

    [Fact]
    public async Task A_signature_whose_S_is_increased_by_the_group_order_is_refused()
    {
        var signature = Convert.FromBase64String(Signature(Signed("msg_1"))["v1a,".Length..]);
        for (var multiple = 1; multiple <= 14; multiple++)
        {
            var s = new BigInteger(signature.AsSpan(32), isUnsigned: true) + (GroupOrder * multiple);
            var other = signature.ToArray();
            other.AsSpan(32).Clear();
            Assert.True(s.TryWriteBytes(other.AsSpan(32), out _, isUnsigned: true));

            Assert.Equal(RejectionReason.WrongSignature, (await VerifyAsync(With("v1a," + Convert.ToBase64String(other)))).Rejection);
        }
    }

    [Theory]
    [MemberData(nameof(PointsOfSmallOrder))]
    public async Task A_published_key_of_a_small_order_proves_nothing(string point)
    {
        var key = Convert.FromHexString(point);
        Api.OnJson(GeminiStandIn.JwksPath, Document(key));

        // With such a key A and S = 0, R = -hA is valid for at least every eighth message, so one of 100 messages would be accepted.
        foreach (var r in PointsOfSmallOrder.Select(row => Convert.FromHexString(row.Data)))
        {
            for (var i = 0; i < 10; i++)
            {
                var headers = Signed($"msg_{i}").Select(header => header.Name == StandardWebhooks.SignatureHeader
                    ? (header.Name, "v1a," + Convert.ToBase64String([.. r, .. new byte[32]])) : header);
                Assert.False((await VerifyAsync([.. headers])).IsGenuine);
            }
        }
    }

    [Fact]
    public async Task Every_published_key_is_tried()
    {
        Api.Publish("key-3", "key-2", "key-1");

        Assert.All(await Task.WhenAll(Enumerable.Range(1, 3).Select(number => VerifyAsync(Signed("msg_1", keyId: $"key-{number}")))), verdict => Assert.True(verdict.IsGenuine));
        Assert.Equal(1, Api.JwksRequests);
    }

    [Fact]
    public async Task Keys_above_the_maximum_number_are_not_tried()
    {
        Api.Publish([.. Enumerable.Range(1, PublishedKeys.MaxEd25519Keys + 1).Select(number => $"key-{number}")]);

        Assert.True((await VerifyAsync(Signed("msg_1", keyId: $"key-{PublishedKeys.MaxEd25519Keys}"))).IsGenuine);
        Assert.False((await VerifyAsync(Signed("msg_1", keyId: $"key-{PublishedKeys.MaxEd25519Keys + 1}"))).IsGenuine);
    }

    [Fact]
    public async Task A_new_key_is_found_a_withdrawn_one_is_refused_and_a_republished_one_is_found_again()
    {
        Assert.True((await VerifyAsync(Signed("msg_1"))).IsGenuine);

        Api.Publish("key-2");
        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.True((await VerifyAsync(Signed("msg_2", keyId: "key-2"))).IsGenuine);
        Assert.Equal(RejectionReason.WrongSignature, (await VerifyAsync(Signed("msg_3"))).Rejection);

        Api.Publish("key-1", "key-2");
        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.True((await VerifyAsync(Signed("msg_4"))).IsGenuine);
        Assert.True((await VerifyAsync(Signed("msg_5", keyId: "key-2"))).IsGenuine);
    }

    [Fact]
    public async Task Many_signatures_with_unpublished_keys_cause_one_fetch_in_an_interval_and_delay_no_caller()
    {
        Assert.True((await VerifyAsync(Signed("msg_1"))).IsGenuine);

        for (var fetches = 1; fetches <= 3; fetches++)
        {
            await Parallel.ForAsync(0, 200, TestContext.Current.CancellationToken, async (i, _) => Assert.Equal(
                RejectionReason.WrongSignature, (await VerifyAsync(Signed($"msg_{i}", keyId: "not published"))).Rejection));
            Assert.True((await VerifyAsync(Signed("msg_1"))).IsGenuine);
            Assert.Equal(fetches, Api.JwksRequests);
            Bench.Clock.Advance(JwksCache.RefreshInterval);
        }
    }

    [Fact]
    public async Task While_the_keys_are_unavailable_a_signature_that_matches_no_cached_key_is_not_called_wrong()
    {
        Assert.True((await VerifyAsync(Signed("msg_1"))).IsGenuine);
        Api.Outage = 503;
        Bench.Clock.Advance(JwksCache.RefreshInterval);

        Assert.True((await VerifyAsync(Signed("msg_2"))).IsGenuine);
        Assert.Equal(RejectionReason.KeysUnavailable, (await VerifyAsync(Signed("msg_3", keyId: "key-2"))).Rejection);
        // The same applies within the interval, in which there is no other fetch.
        Assert.Equal(RejectionReason.KeysUnavailable, (await VerifyAsync(Signed("msg_3", keyId: "key-2"))).Rejection);

        Api.Outage = null;
        Api.Publish("key-2");
        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.True((await VerifyAsync(Signed("msg_3", keyId: "key-2"))).IsGenuine);
    }

    [Fact]
    public async Task Cached_keys_are_used_for_a_day_while_the_document_is_unavailable()
    {
        Assert.True((await VerifyAsync(Signed("msg_1"))).IsGenuine);
        Api.Outage = 503;

        Bench.Clock.Advance(JwksCache.Lifetime - TimeSpan.FromSeconds(1));
        Assert.True((await VerifyAsync(Signed("msg_2"))).IsGenuine);

        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.Equal(RejectionReason.KeysUnavailable, (await VerifyAsync(Signed("msg_3"))).Rejection);
    }

    [Fact]
    public async Task A_caller_that_disconnects_cancels_its_own_wait_and_not_the_fetch()
    {
        var release = new TaskCompletionSource();
        var document = Ed25519Key.Publish(GeminiStandIn.Ed25519("key-1"));
        Api.On(GeminiStandIn.JwksPath, async context =>
        {
            await release.Task;
            await context.Response.WriteAsync(document);
        });
        using var hangUp = new CancellationTokenSource();
        using var request = WebhookRequests.Create(Body, Signed("msg_1"));
        var first = Verifier.VerifyAsync(request, hangUp.Token);
        var second = VerifyAsync(Signed("msg_2"));

        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first);
        release.SetResult();

        Assert.True((await second).IsGenuine);
    }

    [Theory]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"X"}""", true)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"X","use":"sig","alg":"Ed25519","kid":"a"}""", true)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"X","use":"","alg":""}""", true)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"X","use":"enc"}""", false)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"X","alg":"ES256"}""", false)]
    [InlineData("""{"kty":"OKP","crv":"X25519","x":"X"}""", false)]
    [InlineData("""{"kty":"OKP","crv":"Ed448","x":"X"}""", false)]
    [InlineData("""{"kty":"OKP","x":"X"}""", false)]
    [InlineData("""{"kty":"EC","crv":"Ed25519","x":"X"}""", false)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519"}""", false)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":""}""", false)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"AAAA"}""", false)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"X=X"}""", false)]
    public async Task Only_published_Ed25519_keys_for_signatures_are_used(string jwk, bool isUsed)
    {
        var key = GeminiStandIn.Ed25519("key-1");
        Api.OnJson(GeminiStandIn.JwksPath, $$"""{"keys":[{{jwk.Replace("X", key.ToJwk()["x"], StringComparison.Ordinal)}},{{Other}}]}""");

        Assert.Equal(isUsed ? RejectionReason.None : RejectionReason.WrongSignature, (await VerifyAsync(Signed("msg_1"))).Rejection);
    }
}
