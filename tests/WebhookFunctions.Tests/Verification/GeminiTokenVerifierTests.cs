using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Gemini;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

public sealed class GeminiTokenVerifierTests : GeminiTokenBench
{
    // The maximum payload for which the whole token does not exceed its maximum length.
    private const int MaxPayloadInToken = 3000;

    [Theory]
    [InlineData("valid", RejectionReason.None)]
    [InlineData("wrong_aud", RejectionReason.WrongClaims)]
    [InlineData("expired", RejectionReason.WrongClaims)]
    [InlineData("alg_none", RejectionReason.MalformedHeader)]
    public async Task A_vector_has_its_expected_result(string name, RejectionReason expected)
    {
        var vectors = Vectors.Read("gemini-dynamic.json");
        Api.OnJson("/vectors.json", vectors.GetProperty("jwks").GetRawText());
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(vectors.GetProperty("now").GetInt64()));
        var verifier = new GeminiTokenVerifier(
            new JwksCache(Bench.Http, new Uri(Api.Origin + "/vectors.json"), clock),
            ["https://example.test/api/webhooks/gemini/dynamic"],
            ["https://accounts.google.com", "accounts.google.com"],
            clock);
        using var request = WebhookRequests.Create(Body, (StandardWebhooks.SignatureHeader, vectors.GetProperty(name).GetString()));

        var verdict = await verifier.VerifyAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, verdict.Rejection);
    }

    [Fact]
    public async Task A_token_covers_only_its_sender()
    {
        var verdict = await VerifyAsync(GeminiStandIn.Sign(Claims()));

        Assert.Equal(Verdict.GenuineBySharedKey(SignatureCoverage.SenderOnly), verdict with { Credential = null });
        // The credential is a digest, with which a token's events can be counted without storing the token.
        Assert.Equal(32, verdict.Credential?.Length);
    }

    [Theory]
    [InlineData("aud", "\"https://evil.test/\"")]
    [InlineData("aud", "\"https://example.test/api/webhooks/gemini/dynamic/\"")]
    [InlineData("aud", "\"HTTPS://EXAMPLE.TEST/api/webhooks/gemini/dynamic\"")]
    [InlineData("aud", "[\"https://evil.test/\"]")]
    [InlineData("aud", "\"\"")]
    [InlineData("aud", null)]
    [InlineData("iss", "\"https://accounts.evil.test\"")]
    [InlineData("iss", "\"https://accounts.google.com/\"")]
    [InlineData("iss", "\"\"")]
    [InlineData("iss", null)]
    [InlineData("exp", "1")]
    [InlineData("exp", "NOW")]
    [InlineData("exp", "NOW+86401")]
    [InlineData("exp", "1e400")]
    [InlineData("exp", "\"9999999999\"")]
    [InlineData("exp", "true")]
    [InlineData("exp", null)]
    [InlineData("nbf", "NOW+61")]
    [InlineData("iat", "NOW+61")]
    [InlineData("iat", "\"soon\"")]
    public async Task Claims_of_another_token_are_refused(string name, string? value) =>
        Assert.False((await VerifyAsync(GeminiStandIn.Sign(Claims((name, value))))).IsGenuine);

    [Theory]
    [InlineData("aud", "[\"https://other.test/\",\"https://example.test/api/webhooks/gemini/dynamic\"]")]
    [InlineData("iss", "\"accounts.google.com\"")]
    [InlineData("exp", "NOW+1")]
    [InlineData("exp", "NOW+86400")]
    [InlineData("exp", "NOW+1.5")]
    [InlineData("nbf", "NOW+60")]
    [InlineData("iat", "NOW+60")]
    [InlineData("iat", null)]
    [InlineData("sub", "\"anything\"")]
    public async Task Claims_within_the_rules_are_accepted(string name, string? value) =>
        Assert.Equal(RejectionReason.None, (await VerifyAsync(GeminiStandIn.Sign(Claims((name, value))))).Rejection);

    [Theory]
    [InlineData("""{"alg":"none","kid":"key-1"}""")]
    [InlineData("""{"alg":"NONE","kid":"key-1"}""")]
    [InlineData("""{"alg":"HS256","kid":"key-1"}""")]
    [InlineData("""{"alg":"PS256","kid":"key-1"}""")]
    [InlineData("""{"alg":"RS512","kid":"key-1"}""")]
    [InlineData("""{"alg":"rs256","kid":"key-1"}""")]
    [InlineData("""{"kid":"key-1"}""")]
    [InlineData("""{"alg":"RS256"}""")]
    [InlineData("""{"alg":"RS256","kid":""}""")]
    [InlineData("""{"alg":"RS256","kid":null}""")]
    [InlineData("""{"alg":"RS256","kid":"../../key-1"}""")]
    [InlineData("""{"alg":"RS256","kid":"/dev/null"}""")]
    [InlineData("""{"alg":"RS256","kid":"key-1","jku":"https://evil.test/jwks.json"}""")]
    [InlineData("""{"alg":"RS256","kid":"key-1","jwk":{"kty":"RSA"}}""")]
    [InlineData("""{"alg":"RS256","kid":"key-1","x5u":"https://evil.test/cert"}""")]
    [InlineData("""{"alg":"RS256","kid":"key-1","x5c":[]}""")]
    [InlineData("""{"alg":"RS256","kid":"key-1","crit":["b64"],"b64":false}""")]
    [InlineData("""{"alg":"RS256","alg":"RS256","kid":"key-1"}""")]
    [InlineData("""{"alg":"RS256","kid":"key-2","kid":"key-1"}""")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    public async Task A_header_that_says_more_or_less_than_it_should_is_refused_and_causes_no_fetch(string header)
    {
        Assert.Equal(RejectionReason.MalformedHeader, (await VerifyAsync(GeminiStandIn.Sign(Claims(), header: header))).Rejection);
        Assert.Equal(0, Api.JwksRequests);
    }

    [Fact]
    public async Task The_public_key_is_not_accepted_as_an_HMAC_secret()
    {
        using var key = RSA.Create(GeminiStandIn.Key("key-1"));
        foreach (var secret in new[] { key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), GeminiStandIn.Key("key-1").Modulus! })
        {
            var signed = Base64UrlEncoder.Encode("""{"alg":"HS256","kid":"key-1"}""") + "." + Base64UrlEncoder.Encode(Claims());
            var token = signed + "." + Base64UrlEncoder.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)));

            Assert.False((await VerifyAsync(token)).IsGenuine);
        }
    }

    [Theory]
    [InlineData("""{"aud":"AUD","aud":"https://evil.test/","iss":"accounts.google.com","exp":EXP}""")]
    [InlineData("""{"aud":"AUD","iss":"accounts.google.com","exp":EXP,"data":{"id":"b1"},"data":{"id":"b2"}}""")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("nonsense")]
    public async Task Duplicate_claims_and_no_claims_are_refused(string claims) =>
        Assert.Equal(
            RejectionReason.MalformedHeader,
            (await VerifyAsync(GeminiStandIn.Sign(
                claims.Replace("AUD", SampleSettings.Audience, StringComparison.Ordinal).Replace("EXP", $"{Now + 300}", StringComparison.Ordinal)))).Rejection);

    [Theory]
    [InlineData(null, RejectionReason.MissingHeader)]
    [InlineData("", RejectionReason.MissingHeader)]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", RejectionReason.MalformedHeader)]
    [InlineData("a.b", RejectionReason.MalformedHeader)]
    [InlineData("a.b.c.d.e", RejectionReason.MalformedHeader)]
    [InlineData("..", RejectionReason.MalformedHeader)]
    [InlineData("####.####.####", RejectionReason.MalformedHeader)]
    public async Task A_header_that_is_not_a_token_is_refused(string? header, RejectionReason expected) => Assert.Equal(expected, (await VerifyAsync(header)).Rejection);

    [Fact]
    public async Task A_token_has_a_maximum_length()
    {
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims(("pad", $"\"{new string('x', 11_000)}\""))))).IsGenuine);
        Assert.Equal(RejectionReason.MalformedHeader, (await VerifyAsync(GeminiStandIn.Sign(Claims(("pad", $"\"{new string('x', 13_000)}\""))))).Rejection);
    }

    [Fact]
    public async Task A_webhook_of_one_mode_is_refused_in_the_other()
    {
        var token = GeminiStandIn.Sign(Claims());
        var time = Now.ToString(CultureInfo.InvariantCulture);
        var hmac = Signatures.StandardWebhooks(SampleSettings.GeminiKey, "msg", time, Encoding.UTF8.GetBytes(Body));
        (string, string?)[] headers = [("webhook-id", "msg"), ("webhook-timestamp", time)];

        Assert.True((await Bench.VerifyAsync("gemini", "dynamic", Body, [.. headers, ("webhook-signature", token)])).IsGenuine);
        Assert.True((await Bench.VerifyAsync("gemini", null, Body, [.. headers, ("webhook-signature", hmac)])).IsGenuine);
        Assert.False((await Bench.VerifyAsync("gemini", null, Body, [.. headers, ("webhook-signature", token)])).IsGenuine);
        Assert.False((await Bench.VerifyAsync("gemini", null, Body, GeminiStandIn.SignDynamic("msg", Encoding.UTF8.GetBytes(Body), ProviderBench.Now))).IsGenuine);
        Assert.False((await Bench.VerifyAsync("gemini", "dynamic", Body, [.. headers, ("webhook-signature", hmac)])).IsGenuine);
    }

    [Theory]
    [InlineData("GEMINI_WEBHOOK_AUDIENCE", RejectionReason.None, RejectionReason.SchemeOff)]
    [InlineData("GEMINI_WEBHOOK_TOKEN", RejectionReason.SchemeOff, RejectionReason.None)]
    [InlineData("GEMINI_API_KEY", RejectionReason.SchemeOff, RejectionReason.None)]
    public async Task Each_form_of_dynamic_webhooks_is_turned_on_by_its_own_settings(string setting, RejectionReason ofToken, RejectionReason ofSignature)
    {
        using var bench = new ProviderBench(
            (setting, setting == "GEMINI_WEBHOOK_AUDIENCE" ? SampleSettings.Audience : SampleSettings.Token),
            ("GEMINI_JWKS_URL", Api.Origin + GeminiStandIn.JwksPath));

        var token = await bench.VerifyAsync("gemini", "dynamic", Body, ("webhook-signature", GeminiStandIn.Sign(Claims())));
        var signature = await bench.VerifyAsync("gemini", "dynamic", Body, GeminiStandIn.SignDynamic("msg", Encoding.UTF8.GetBytes(Body), ProviderBench.Now));

        Assert.Equal((ofToken, ofSignature), (token.Rejection, signature.Rejection));
    }

    [Theory]
    [InlineData("\"batch.succeeded\"", """{"id":"b1","n":1.0}""", true)]
    [InlineData("\"batch.succeeded\"", """{ "n" : 1.0, "id" : "b\u0031" }""", true)]
    [InlineData("\"batch.succeeded\"", null, true)]
    [InlineData(null, """{"id":"b1","n":1.0}""", true)]
    [InlineData("\"batch.failed\"", """{"id":"b1","n":1.0}""", false)]
    [InlineData("\"batch.succeeded\"", """{"id":"b2","n":1.0}""", false)]
    [InlineData("\"batch.succeeded\"", """{"id":"b1"}""", false)]
    [InlineData("\"batch.succeeded\"", """{"id":"b1","n":1.0,"m":2}""", false)]
    [InlineData("\"batch.succeeded\"", "null", false)]
    [InlineData("\"batch.succeeded\"", "\"b1\"", false)]
    public async Task If_the_claims_contain_the_event_the_body_must_be_the_same_event(string? type, string? data, bool isGenuine)
    {
        var verdict = await VerifyAsync(GeminiStandIn.Sign(Claims(("type", type), ("data", data))));

        Assert.Equal(isGenuine ? RejectionReason.None : RejectionReason.ClaimsContradictBody, verdict.Rejection);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"type":"batch.succeeded\ud83c"}""")]
    public async Task Claims_with_an_event_contradict_a_body_without_one(string body) =>
        Assert.Equal(RejectionReason.ClaimsContradictBody, (await VerifyAsync(GeminiStandIn.Sign(Claims(("type", "\"batch.succeeded\""))), body)).Rejection);

    [Fact]
    public async Task Any_token_is_genuine_when_signed_and_refused_after_one_bit_changed()
    {
        var token = GeminiStandIn.Sign(Claims());
        Assert.True((await VerifyAsync(token)).IsGenuine);

        await Gen.UInt.SampleAsync(async bit => Assert.False((await VerifyAsync(Generated.Flip(token, bit))).IsGenuine), iter: 500, threads: 1);
        // The last bits include those that base64 does not use.
        for (var bit = 1u; bit <= 14; bit++)
        {
            Assert.False((await VerifyAsync(Generated.Flip(token, (uint)token.Length * 7 - bit))).IsGenuine);
        }
    }

    [Fact]
    public Task Any_additional_claim_is_accepted_and_a_changed_one_refused() =>
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 1, 20], Gen.Int, Gen.UInt).SampleAsync(
            async (name, value, bit) =>
            {
                var token = GeminiStandIn.Sign(Claims(("x-" + name, value.ToString(CultureInfo.InvariantCulture))));
                var parts = token.Split('.');

                Assert.True((await VerifyAsync(token)).IsGenuine);
                Assert.False((await VerifyAsync($"{parts[0]}.{Generated.Flip(parts[1], bit)}.{parts[2]}")).IsGenuine);
            },
            iter: 50,
            threads: 1);

    [Fact]
    public Task Any_body_is_accepted_with_a_token_that_does_not_cover_it() =>
        Generated.Body.SampleAsync(
            async body =>
            {
                using var request = WebhookRequests.Create(body, (StandardWebhooks.SignatureHeader, GeminiStandIn.Sign(Claims())));
                Assert.Equal(
                    Verdict.GenuineBySharedKey(SignatureCoverage.SenderOnly), (await Verifier.VerifyAsync(request, CancellationToken.None)) with { Credential = null });
            },
            iter: 100,
            threads: 1);

    [Fact]
    public Task Any_event_in_the_claims_is_accepted_and_refused_after_one_bit_changed() =>
        Gen.Select(Generated.Id, Generated.Body, Gen.UInt).SampleAsync(
            async (id, payload, bit) =>
            {
                // Each byte of the payload becomes two characters.
                var text = Convert.ToHexStringLower(payload.AsSpan(0, Math.Min(payload.Length, MaxPayloadInToken)));
                // Without \u escapes, because the letter case of a hex digit is one bit without effect.
                var type = $"\"{id.Replace("\\", "\\\\", StringComparison.Ordinal)}\"";
                var data = $$"""{"id":{{type}},"n":1,"payload":"{{text}}"}""";
                var token = GeminiStandIn.Sign(Claims(("type", type), ("data", data)));
                var body = Encoding.UTF8.GetBytes($$"""{"type":{{type}},"data":{{data}}}""");

                Assert.True(await IsGenuineAsync(body));
                Assert.False(await IsGenuineAsync(Generated.Flip(body, bit)));

                async Task<bool> IsGenuineAsync(byte[] b)
                {
                    using var request = WebhookRequests.Create(b, (StandardWebhooks.SignatureHeader, token));
                    return (await Verifier.VerifyAsync(request, CancellationToken.None)).IsGenuine;
                }
            },
            iter: 300,
            threads: 1);

    [Fact]
    public async Task A_new_key_is_found_and_a_withdrawn_one_is_not_accepted_for_ever()
    {
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims()))).IsGenuine);

        Api.Publish("key-2");
        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims(), "key-2"))).IsGenuine);
        Assert.Equal(RejectionReason.UnknownKey, (await VerifyAsync(GeminiStandIn.Sign(Claims()))).Rejection);

        // Both keys are published, after the old one was withdrawn.
        Api.Publish("key-1", "key-2");
        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims()))).IsGenuine);
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims(), "key-2"))).IsGenuine);
    }

    [Fact]
    public async Task A_token_with_an_unknown_key_id_is_not_verified_with_other_keys()
    {
        // Signed with a published key, but with an id that is not published.
        var token = GeminiStandIn.Sign(Claims(), "key-1", """{"alg":"RS256","kid":"key-9"}""");

        Assert.Equal(RejectionReason.UnknownKey, (await VerifyAsync(token)).Rejection);
    }

    [Fact]
    public async Task Many_unknown_key_ids_cause_one_fetch_in_an_interval()
    {
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims()))).IsGenuine);
        var claims = Claims();
        var storm = Enumerable.Range(0, 200).Select(i => GeminiStandIn.Sign(claims, "key-1", $$"""{"alg":"RS256","kid":"unknown-{{i}}"}""")).ToArray();

        await Storm();
        Assert.Equal(1, Api.JwksRequests);

        Bench.Clock.Advance(JwksCache.RefreshInterval);
        await Storm();
        Assert.Equal(2, Api.JwksRequests);

        async Task Storm() => await Parallel.ForAsync(0, 10_000, TestContext.Current.CancellationToken, async (i, _) =>
            Assert.Equal(RejectionReason.UnknownKey, (await VerifyAsync(storm[i % storm.Length])).Rejection));
    }

    [Fact]
    public async Task Many_requests_without_cached_keys_cause_one_fetch_while_the_keys_are_unavailable()
    {
        Api.Outage = 503;
        var token = GeminiStandIn.Sign(Claims());

        await Parallel.ForAsync(0, 1_000, TestContext.Current.CancellationToken, async (_, _) =>
            Assert.Equal(RejectionReason.KeysUnavailable, (await VerifyAsync(token)).Rejection));
        Assert.Equal(1, Api.JwksRequests);

        Api.Outage = null;
        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.True((await VerifyAsync(Renewed())).IsGenuine);
    }

    [Fact]
    public async Task Cached_keys_are_used_for_a_limited_time_while_the_document_is_unavailable()
    {
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims()))).IsGenuine);
        Api.Outage = 503;

        Bench.Clock.Advance(JwksCache.Lifetime - TimeSpan.FromSeconds(1));
        Assert.True((await VerifyAsync(Renewed())).IsGenuine);

        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.Equal(RejectionReason.KeysUnavailable, (await VerifyAsync(Renewed())).Rejection);

        Api.Outage = null;
        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.True((await VerifyAsync(Renewed())).IsGenuine);
    }

    [Fact]
    public async Task Cached_keys_are_used_until_they_expire()
    {
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims()))).IsGenuine);
        Api.Outage = 503;

        Bench.Clock.Advance(JwksCache.Lifetime);

        Assert.Equal(RejectionReason.KeysUnavailable, (await VerifyAsync(Renewed())).Rejection);
    }

    [Fact]
    public async Task Old_keys_are_refreshed_even_if_they_verify_a_token()
    {
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims()))).IsGenuine);

        Bench.Clock.Advance(JwksCache.RefreshAge - TimeSpan.FromSeconds(1));
        Assert.True((await VerifyAsync(Renewed())).IsGenuine);
        Assert.Equal(1, Api.JwksRequests);

        // A caller does not wait for the fetch.
        Bench.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await VerifyAsync(Renewed())).IsGenuine);
        await Eventually.TrueAsync(() => Task.FromResult(Api.JwksRequests == 2), "The second fetch");
    }

    [Theory]
    [InlineData(256 * 1024, RejectionReason.None)]
    [InlineData(256 * 1024 + 1, RejectionReason.KeysUnavailable)]
    public async Task A_key_document_has_a_maximum_length(int bytes, RejectionReason expected)
    {
        var document = PublishedKey("""{"keys":[{"kty":"RSA","kid":"key-1","n":"N","e":"AQAB"}]}""");
        Api.OnJson(GeminiStandIn.JwksPath, document.PadRight(bytes));

        Assert.Equal(expected, (await VerifyAsync(GeminiStandIn.Sign(Claims()))).Rejection);
    }

    [Theory]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"key-1","n":"N","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"key-1","use":"","alg":"","n":"N","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"key-1","use":"sig","n":"N","e":"AQAB"},{"kty":"RSA","kid":"","n":"N","e":"AQAB"}]}""")]
    public async Task A_published_key_may_omit_its_purpose(string document)
    {
        Api.OnJson(GeminiStandIn.JwksPath, PublishedKey(document));

        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims()))).IsGenuine);
    }

    [Fact]
    public async Task A_connection_that_breaks_during_the_fetch_means_unavailable_keys_and_is_not_an_error()
    {
        Api.On(GeminiStandIn.JwksPath, async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{");
            context.Abort();
        });

        Assert.Equal(RejectionReason.KeysUnavailable, (await VerifyAsync(GeminiStandIn.Sign(Claims()))).Rejection);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"keys":"none"}""")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"key-1"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"key-1","n":"####","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"key-1","n":"AQAB","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"oct","kid":"key-1","k":"c2VjcmV0"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","kid":"key-1","crv":"P-256","x":"AA","y":"AA"}]}""")]
    public async Task An_unusable_key_document_does_not_replace_the_cached_keys(string document)
    {
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims()))).IsGenuine);
        Api.OnJson(GeminiStandIn.JwksPath, document);

        Bench.Clock.Advance(JwksCache.RefreshInterval);
        Assert.Equal(RejectionReason.KeysUnavailable, (await VerifyAsync(GeminiStandIn.Sign(Claims(), "key-2"))).Rejection);
        Assert.Equal(2, Api.JwksRequests);
        Assert.True((await VerifyAsync(GeminiStandIn.Sign(Claims()))).IsGenuine);
    }

    [Theory]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"key-1","use":"enc","alg":"RS256","n":"N","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"key-1","use":"sig","alg":"RS512","n":"N","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","n":"N","e":"AQAB"}]}""")]
    public async Task A_published_key_for_another_purpose_is_not_used(string document)
    {
        Api.OnJson(GeminiStandIn.JwksPath, PublishedKey(document));

        Assert.Equal(RejectionReason.KeysUnavailable, (await VerifyAsync(GeminiStandIn.Sign(Claims()))).Rejection);
    }
}
