using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using LocalHost.Samples;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

/// <summary>Tests of the signature schemes in services' descriptions: their coverage and their headers.</summary>
public sealed class SignatureSchemeTests
{
    private const long Now = 1_790_000_000;

    private static readonly byte[] Key = "a secret of a service"u8.ToArray();
    private static readonly byte[] Body = """{"id":"job"}"""u8.ToArray();
    private static readonly string Time = Now.ToString(CultureInfo.InvariantCulture);
    private static readonly FakeTimeProvider Clock = new(DateTimeOffset.FromUnixTimeSeconds(Now));
    private static readonly Ed25519Key PrivateKey = Ed25519Key.Create();

    [Theory]
    [InlineData("{id}.{time}.{body}", SignatureCoverage.RawBody)]
    [InlineData("{time},{body}", SignatureCoverage.RawBody)]
    [InlineData("{id}\n{x-user}\n{time}\n{sha256}", SignatureCoverage.RawBody)]
    [InlineData("{body}", SignatureCoverage.BodyOnly)]
    [InlineData("{id}.{body}", SignatureCoverage.BodyOnly)]
    [InlineData("{id}.{time}", SignatureCoverage.EventIdOnly)]
    [InlineData("{id}", SignatureCoverage.EventIdOnly)]
    [InlineData("{time}", SignatureCoverage.SenderOnly)]
    [InlineData("", SignatureCoverage.SenderOnly)]
    public void The_coverage_follows_from_the_template(string template, SignatureCoverage coverage) =>
        Assert.Equal(coverage, Scheme(template).Coverage);

    [Theory]
    [InlineData("{body}.{time}")]
    [InlineData("{body} ")]
    [InlineData("{body}{body}")]
    [InlineData("{time")]
    [InlineData("{}")]
    public void A_template_that_cannot_be_signed_is_an_error_of_its_description(string template) =>
        Assert.ThrowsAny<ArgumentException>(() => Scheme(template).Coverage);

    [Fact]
    public void A_template_with_an_id_needs_a_header_for_it() =>
        Assert.Throws<ArgumentException>(() => (Scheme("{id}.{body}") with { IdHeader = null }).Coverage);

    [Theory]
    [InlineData(SignatureCoverage.RawBody, false, Assurance.Signed)]
    [InlineData(SignatureCoverage.BodyOnly, false, Assurance.Signed)]
    [InlineData(SignatureCoverage.EventIdOnly, false, Assurance.Unconfirmed)]
    [InlineData(SignatureCoverage.SenderOnly, false, Assurance.Unconfirmed)]
    [InlineData(SignatureCoverage.None, false, Assurance.Unconfirmed)]
    [InlineData(SignatureCoverage.RawBody, true, Assurance.Unconfirmed)]
    [InlineData(SignatureCoverage.BodyOnly, true, Assurance.Unconfirmed)]
    public void The_assurance_of_an_event_follows_from_the_coverage_and_the_key(SignatureCoverage coverage, bool isSharedKey, Assurance assurance)
    {
        var received = new ReceivedEvent(EventKey.Create("p", "id"), coverage, Clock.GetUtcNow(), default) { IsSharedKey = isSharedKey };

        Assert.Equal(assurance, received.Assurance);
        Assert.Equal(Assurance.Signed, (received with { HasToken = true }).Assurance);
    }

    [Theory]
    [InlineData("{time},{body}", "t", "v1=", ',', SignatureEncoding.Hex)]
    [InlineData("{time}.{body}", "t", "v0=", ',', SignatureEncoding.Hex)]
    [InlineData("{time}.{body}", "x-time", "", null, SignatureEncoding.Hex)]
    [InlineData("{body}", "x-time", "sha256=", null, SignatureEncoding.Hex)]
    [InlineData("{id}.{time}.{body}", "x-time", "v3,", ' ', SignatureEncoding.Hex)]
    [InlineData("{id}.{time}.{body}", "x-time", "v1,", ' ', SignatureEncoding.Base64)]
    [InlineData("{id}.{time}", "x-time", "", null, SignatureEncoding.Base64)]
    public void Any_described_HMAC_accepts_a_correct_signature_and_refuses_any_change(
        string template, string timeHeader, string prefix, char? separator, SignatureEncoding encoding)
    {
        var inHeader = timeHeader != "t";
        var scheme = Scheme(template) with { TimeHeader = inHeader ? timeHeader : null, Prefix = prefix, Separator = separator, Encoding = encoding };
        var verifier = scheme.Verifier(new HmacKeyRing([Key]), Clock);
        var coversBody = scheme.Coverage.CoversBody();
        Gen.Select(Generated.Body, Gen.String[Gen.Char.AlphaNumeric, 1, 30], Gen.UInt).Sample(
            (body, id, bit) =>
            {
                var signed = Encoding.UTF8.GetBytes(template
                    .Replace("{body}", "", StringComparison.Ordinal)
                    .Replace("{id}", id, StringComparison.Ordinal)
                    .Replace("{time}", Time, StringComparison.Ordinal));
                var mac = HMACSHA256.HashData(Key, (byte[])[.. signed, .. coversBody ? body : []]);

                Assert.Equal(RejectionReason.None, Verify(body, mac).Rejection);
                Assert.Equal(scheme.Coverage, Verify(body, mac).Coverage);
                Assert.Equal(RejectionReason.WrongSignature, Verify(body, Generated.Flip(mac, bit)).Rejection);
                Assert.Equal(!coversBody, Verify(body.Length == 0 ? [0] : Generated.Flip(body, bit), mac).IsGenuine);

                Verdict Verify(byte[] sent, byte[] with)
                {
                    var text = prefix + (encoding == SignatureEncoding.Hex ? Convert.ToHexStringLower(with) : Convert.ToBase64String(with));
                    using var request = WebhookRequests.Create(
                        sent, ("x-id", id), ("x-time", inHeader ? Time : null), ("x-signature", inHeader ? text : $"t={Time},{text}"));
                    return Completed(verifier.VerifyAsync(request, CancellationToken.None));
                }
            },
            iter: 60,
            threads: 1);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(60, true)]
    [InlineData(-60, true)]
    [InlineData(61, false)]
    [InlineData(-61, false)]
    public void The_time_tolerance_is_that_of_the_scheme(int seconds, bool isWithinTolerance)
    {
        var time = (Now + seconds).ToString(CultureInfo.InvariantCulture);
        var verifier = (Scheme("{time}.{body}") with { Tolerance = TimeSpan.FromMinutes(1) }).Verifier(new HmacKeyRing([Key]), Clock);
        using var request = WebhookRequests.Create(
            Body, ("x-time", time), ("x-signature", Convert.ToHexStringLower(HMACSHA256.HashData(Key, (byte[])[.. Encoding.ASCII.GetBytes(time + "."), .. Body]))));

        Assert.Equal(isWithinTolerance ? RejectionReason.None : RejectionReason.StaleTimestamp, Completed(verifier.VerifyAsync(request, CancellationToken.None)).Rejection);
    }

    [Fact]
    public void Allocations_do_not_grow_with_the_body()
    {
        var verifier = Scheme("{body}").Verifier(new HmacKeyRing([Key]), Clock);

        Assert.InRange(Allocated(new byte[1024 * 1024]) - Allocated(new byte[100]), long.MinValue, 64);

        long Allocated(byte[] body)
        {
            using var request = WebhookRequests.Create(body, ("x-signature", Convert.ToHexStringLower(HMACSHA256.HashData(Key, body))));
            // The first verification fills the pool.
            _ = Completed(verifier.VerifyAsync(request, CancellationToken.None));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var verdict = verifier.VerifyAsync(request, CancellationToken.None);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(Completed(verdict).IsGenuine);
            return allocated;
        }
    }

    [Theory]
    [InlineData("whsec_a-text-that-is-the-key", HmacKeyForm.TextBehindPrefix, "a-text-that-is-the-key")]
    [InlineData("a-text-that-is-the-key", HmacKeyForm.TextBehindPrefix, "a-text-that-is-the-key")]
    [InlineData("whsec_a-text-that-is-the-key", HmacKeyForm.Text, "whsec_a-text-that-is-the-key")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", HmacKeyForm.Base64, null)]
    public void A_key_is_read_in_the_form_of_the_scheme(string setting, HmacKeyForm form, string? text)
    {
        var ring = HmacSecrets.Read(TestSettings.Create(("SECRET", setting)), "SECRET", form)!;
        var key = text is null ? Convert.FromBase64String(setting["whsec_".Length..]) : Encoding.UTF8.GetBytes(text);
        var mac = new byte[32];

        ring.Sign(0, [], Body, mac);

        Assert.Equal(HMACSHA256.HashData(key, Body), mac);
    }

    [Theory]
    [InlineData("right", "user", RejectionReason.None)]
    [InlineData("right", "other", RejectionReason.WrongSignature)]
    [InlineData("right", null, RejectionReason.MissingHeader)]
    [InlineData("wrong", "user", RejectionReason.WrongSignature)]
    [InlineData("short", "user", RejectionReason.MalformedHeader)]
    public void A_described_Ed25519_accepts_signatures_of_a_pinned_key(string signature, string? user, RejectionReason expected)
    {
        var scheme = new Ed25519Scheme
        {
            SignatureHeader = "x-signature", Template = "{id}\n{x-user}\n{time}\n{sha256}", IdHeader = "x-id", TimeHeader = "x-time",
        };
        var keys = PinnedKeys.Read(TestSettings.Create(("KEYS", $"{Convert.ToHexString(Ed25519Key.Create().PublicKey.Span)} {Convert.ToBase64String(PrivateKey.PublicKey.Span)}")), "KEYS");
        var right = Convert.ToHexStringLower(PrivateKey.Sign(Encoding.UTF8.GetBytes($"id\nuser\n{Time}\n{Convert.ToHexStringLower(SHA256.HashData(Body))}")));
        using var request = WebhookRequests.Create(
            Body,
            ("x-id", "id"),
            ("x-user", user),
            ("x-time", Time),
            ("x-signature", signature switch { "right" => right, "short" => right[2..], _ => new string('0', 128) }));

        var verdict = Completed(scheme.Verifier(keys!, Clock).VerifyAsync(request, CancellationToken.None));

        Assert.Equal(expected, verdict.Rejection);
        Assert.Equal(expected == RejectionReason.None, verdict.IsSharedKey);
        var own = Completed((scheme with { HasSharedKey = false }).Verifier(keys!, Clock).VerifyAsync(request, CancellationToken.None));
        Assert.Equal((expected, false), (own.Rejection, own.IsSharedKey));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("00")]
    public void An_invalid_pinned_key_is_reported_with_its_settings_name(string key)
    {
        var settings = TestSettings.Create(("KEYS", key));

        Assert.Null(PinnedKeys.Read(settings, "KEYS"));
        Assert.Equal("KEYS", Assert.Single(settings.Problems).Setting);
        Assert.Null(PinnedKeys.Read(TestSettings.Create(), "KEYS"));
        Assert.Null(PinnedKeys.Read(TestSettings.Create(("KEYS", string.Join(' ', Enumerable.Repeat(Convert.ToHexString(PrivateKey.PublicKey.Span), 9)))), "KEYS"));
    }

    [Theory]
    [InlineData("Bearer a-token-of-these-tests", RejectionReason.None)]
    [InlineData("bearer a-token-of-these-tests", RejectionReason.None)]
    [InlineData("Bearer another-of-the-two-tokens", RejectionReason.None)]
    [InlineData("Bearer a-token-of-these-test", RejectionReason.WrongToken)]
    [InlineData("Bearer ", RejectionReason.WrongToken)]
    [InlineData("Basic a-token-of-these-tests", RejectionReason.MalformedHeader)]
    [InlineData("a-token-of-these-tests", RejectionReason.MalformedHeader)]
    [InlineData("", RejectionReason.MissingHeader)]
    [InlineData(null, RejectionReason.MissingHeader)]
    public void A_Bearer_token_counts_as_the_providers_token(string? header, RejectionReason expected)
    {
        var tokens = UrlTokens.Read(TestSettings.Create(("TOKEN", "a-token-of-these-tests another-of-the-two-tokens")), "TOKEN")!;
        using var request = WebhookRequests.Create(Body, ("Authorization", header));

        var verdict = Completed(new TokenScheme(TokenPlace.Bearer).Verifier(tokens).VerifyAsync(request, CancellationToken.None));

        Assert.Equal(expected, verdict.Rejection);
        Assert.Equal(expected == RejectionReason.None, verdict.HasToken);
        Assert.True(expected != RejectionReason.None || verdict.Coverage == SignatureCoverage.None);
    }

    private static HmacScheme Scheme(string template) => new()
    {
        SignatureHeader = "x-signature", Template = template, IdHeader = "x-id", TimeHeader = "x-time", Key = HmacKeyForm.Text,
    };

    // These verifiers complete synchronously.
    private static Verdict Completed(ValueTask<Verdict> verdict)
    {
        Assert.True(verdict.IsCompletedSuccessfully);
        return verdict.GetAwaiter().GetResult();
    }
}
