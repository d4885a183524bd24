using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsCheck;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.GeminiGen;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

public sealed class GeminiGenVerifierTests
{
    private const string EventId = "0f0e7a9c-2f7b-4e9e-9d0e-3c1f9a1b2c3d";

    // Shared by all tests of the class, because creating a key takes up to a second.
    private static readonly RSA Key = RSA.Create(2048);
    private static readonly RSA OtherKey = RSA.Create(3072);

    [Fact]
    public async Task The_vector_is_accepted()
    {
        var vector = Vectors.Read("geminigen.json");
        using var request = Request(vector.GetProperty("event_uuid").GetString()!, vector.GetProperty("x_signature_hex").GetString());

        var verdict = await VerifyAsync(request, vector.GetProperty("public_key_pem").GetString()!);

        Assert.Equal(Verdict.GenuineBySharedKey(SignatureCoverage.EventIdOnly), verdict);
    }

    [Fact]
    public async Task A_signature_over_the_hex_text_of_the_digest_is_refused()
    {
        var vector = Vectors.Read("geminigen.json");
        using var request = Request(vector.GetProperty("event_uuid").GetString()!, vector.GetProperty("must_reject_hexdigest_variant").GetString());

        Assert.Equal(RejectionReason.WrongSignature, (await VerifyAsync(request, vector.GetProperty("public_key_pem").GetString()!)).Rejection);
    }

    [Fact]
    public async Task A_signature_over_the_whole_body_is_refused()
    {
        var body = $$"""{"event":"TTS_TEXT_SUCCESS","uuid":"{{EventId}}","data":{} }""";
        var signature = Key.SignData(Encoding.UTF8.GetBytes(body), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var request = WebhookRequests.Create(body, (GeminiGenVerifier.SignatureHeader, Signatures.Hex(signature)));

        Assert.Equal(RejectionReason.WrongSignature, (await VerifyAsync(request, Pem(Key))).Rejection);
    }

    [Fact]
    public async Task A_signature_with_another_padding_is_refused()
    {
#pragma warning disable CA5351 // MD5 is what this provider signs.
        var signature = Key.SignData(MD5.HashData(Encoding.UTF8.GetBytes(EventId)), HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
#pragma warning restore CA5351
        using var request = Request(EventId, Signatures.Hex(signature));

        Assert.Equal(RejectionReason.WrongSignature, (await VerifyAsync(request, Pem(Key))).Rejection);
    }

    [Fact]
    public async Task Any_event_id_is_genuine_when_signed_and_refused_after_one_bit_changed()
    {
        var verifier = Verifier(Pem(Key));
        await Generated.Id.Select(Gen.UInt).SampleAsync(
            async (id, bit) =>
            {
                var signature = Signatures.GeminiGen(Key, id);

                Assert.True(await IsGenuineAsync(id, signature));
                Assert.False(await IsGenuineAsync(Generated.Flip(id, bit), signature));
                Assert.False(await IsGenuineAsync(id, Generated.Flip(signature, bit)));
            },
            iter: 300,
            threads: 1);

        async Task<bool> IsGenuineAsync(string id, byte[] signature)
        {
            using var request = Request(id, Signatures.Hex(signature));
            return (await verifier.VerifyAsync(request, CancellationToken.None)).IsGenuine;
        }
    }

    [Fact]
    public async Task Any_data_with_a_signed_id_is_accepted_up_to_the_maximum_body()
    {
        var verifier = Verifier(Pem(Key));
        var signature = Signatures.Hex(Signatures.GeminiGen(Key, EventId));
        // Base64 encodes three bytes as four characters.
        await Generated.Body.SampleAsync(
            async data =>
            {
                using var request = WebhookRequests.Create(
                    $$"""{"data":{"media_url":"{{Convert.ToBase64String(data.AsSpan(0, Math.Min(data.Length, 780_000)))}}"},"uuid":"{{EventId}}"}""",
                    (GeminiGenVerifier.SignatureHeader, signature));
                Assert.Equal(Verdict.GenuineBySharedKey(SignatureCoverage.EventIdOnly), await verifier.VerifyAsync(request, CancellationToken.None));
            },
            iter: 100,
            threads: 1);
    }

    [Fact]
    public async Task The_rest_of_the_body_is_not_covered()
    {
        using var request = WebhookRequests.Create(
            $$"""{"event":"TTS_TEXT_SUCCESS","uuid":"{{EventId}}","data":{"media_url":"https://cdn.geminigen.ai/another.mp3"} }""",
            (GeminiGenVerifier.SignatureHeader, Signatures.Hex(Signatures.GeminiGen(Key, EventId))));

        Assert.Equal(SignatureCoverage.EventIdOnly, (await VerifyAsync(request, Pem(Key))).Coverage);
    }

    [Theory]
    [InlineData("""{"event":"E","uuid":"ID","data":{}}""", RejectionReason.None)]
    [InlineData("""{"event_name":"E","event_uuid":"ID","data":{}}""", RejectionReason.None)]
    [InlineData("""{"event_uuid":"ID"}""", RejectionReason.None)]
    [InlineData("""{"event":"E","event_name":"E","uuid":"ID","event_uuid":"ID"}""", RejectionReason.None)]
    [InlineData("""{"event":"E","uuid":"ID","event_uuid":null}""", RejectionReason.None)]
    [InlineData("""{"event":"E","uuid":"ID","event_uuid":"other"}""", RejectionReason.MalformedBody)]
    [InlineData("""{"event":"E","uuid":"other","event_uuid":"ID"}""", RejectionReason.MalformedBody)]
    [InlineData("""{"event":"E","event_name":"F","uuid":"ID"}""", RejectionReason.MalformedBody)]
    [InlineData("""{"event":"E","data":{"uuid":"ID"}}""", RejectionReason.MalformedBody)]
    [InlineData("""{"event":"E","uuid":""}""", RejectionReason.MalformedBody)]
    [InlineData("""{"event":"E","uuid":["ID"]}""", RejectionReason.MalformedBody)]
    [InlineData("""{"uuid":"ID","uuid":"ID"}""", RejectionReason.MalformedBody)]
    [InlineData("""["ID"]""", RejectionReason.MalformedBody)]
    [InlineData("not json", RejectionReason.MalformedBody)]
    [InlineData("", RejectionReason.MalformedBody)]
    public async Task The_event_id_is_read_in_both_spellings(string body, RejectionReason expected)
    {
        using var request = WebhookRequests.Create(
            body.Replace("ID", EventId, StringComparison.Ordinal),
            (GeminiGenVerifier.SignatureHeader, Signatures.Hex(Signatures.GeminiGen(Key, EventId))));

        Assert.Equal(expected, (await VerifyAsync(request, Pem(Key))).Rejection);
    }

    [Theory]
    [InlineData(null, RejectionReason.MissingHeader)]
    [InlineData("", RejectionReason.MissingHeader)]
    [InlineData("zz", RejectionReason.MalformedHeader)]
    [InlineData("abc", RejectionReason.MalformedHeader)]
    [InlineData("00", RejectionReason.WrongSignature)]
    public async Task A_header_that_is_not_a_signature_is_refused(string? header, RejectionReason expected)
    {
        using var request = Request(EventId, header);

        Assert.Equal(expected, (await VerifyAsync(request, Pem(Key))).Rejection);
    }

    [Theory]
    [InlineData(0x00, 256)]
    [InlineData(0xff, 256)]
    [InlineData(0x01, 255)]
    [InlineData(0x01, 257)]
    [InlineData(0xff, 384)]
    public async Task Numbers_beyond_the_modulus_and_odd_lengths_are_refused(byte filler, int length)
    {
        using var request = Request(EventId, Signatures.Hex([.. Enumerable.Repeat(filler, length)]));

        Assert.False((await VerifyAsync(request, Pem(Key))).IsGenuine);
    }

    [Fact]
    public async Task During_a_rotation_either_key_is_accepted()
    {
        foreach (var pem in new[] { Pem(Key) + Pem(OtherKey), Pem(OtherKey) + "\n" + Pem(Key) })
        {
            foreach (var key in new[] { Key, OtherKey })
            {
                using var request = Request(EventId, Signatures.Hex(Signatures.GeminiGen(key, EventId)));
                Assert.True((await VerifyAsync(request, pem)).IsGenuine);
            }
        }

        using var retired = Request(EventId, Signatures.Hex(Signatures.GeminiGen(Key, EventId)));
        Assert.False((await VerifyAsync(retired, Pem(OtherKey))).IsGenuine);
    }

    [Fact]
    public async Task Ids_with_lone_surrogates_do_not_share_a_signature()
    {
        var signature = SignDigestOf(KeyEncoding.Utf8("a\ud800"));
        using var right = WebhookRequests.Create("""{"uuid":"a\ud800"}""", (GeminiGenVerifier.SignatureHeader, signature));
        using var other = WebhookRequests.Create("""{"uuid":"a\ud801"}""", (GeminiGenVerifier.SignatureHeader, signature));

        Assert.True((await VerifyAsync(right, Pem(Key))).IsGenuine);
        Assert.False((await VerifyAsync(other, Pem(Key))).IsGenuine);
    }

    [Fact]
    public async Task Concurrent_requests_do_not_affect_each_other()
    {
        var verifier = Verifier(Pem(Key) + Pem(OtherKey));
        var signatures = Enumerable.Range(0, 16).Select(i => Signatures.Hex(Signatures.GeminiGen(i % 2 == 0 ? Key : OtherKey, $"id{i}"))).ToArray();
        var wrong = 0;

        await Parallel.ForAsync(0, 2_000, TestContext.Current.CancellationToken, async (i, cancellationToken) =>
        {
            var isForged = i % 3 == 0;
            using var request = Request($"id{i % 16}", signatures[(i + (isForged ? 1 : 0)) % 16]);
            if ((await verifier.VerifyAsync(request, cancellationToken)).IsGenuine == isForged)
            {
                Interlocked.Increment(ref wrong);
            }
        });

        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Keys_are_read_in_all_spellings_that_settings_may_have()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var small = RSA.Create(1024);
        (string Value, bool IsSound)[] rows =
        [
            (Pem(Key), true),
            (Pem(Key).Replace("\n", "\\n", StringComparison.Ordinal), true),
            (Pem(Key).Replace("\n", "\\r\\n", StringComparison.Ordinal), true),
            (Pem(Key).Replace("\n", "\r\n", StringComparison.Ordinal), true),
            (Key.ExportRSAPublicKeyPem(), true),
            (Pem(Key) + "\n\n" + Pem(OtherKey), true),
            (Key.ExportPkcs8PrivateKeyPem(), false),
            (Key.ExportRSAPrivateKeyPem(), false),
            (Pem(Key) + "\n" + Key.ExportPkcs8PrivateKeyPem(), false),
            (ec.ExportSubjectPublicKeyInfoPem(), false),
            (small.ExportSubjectPublicKeyInfoPem(), false),
            (Convert.ToBase64String(Key.ExportSubjectPublicKeyInfo()), false),
            (Pem(Key)[..100], false),
            (Pem(Key) + "\n-----BEGIN PUBLIC KEY-----\nbroken", false),
            ("-----BEGIN PUBLIC KEY-----\nbroken\n" + Pem(Key), false),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", false),
            (string.Concat(Enumerable.Repeat(Pem(Key) + "\n", RsaKeyRing.MaxKeys)), true),
            (string.Concat(Enumerable.Repeat(Pem(Key) + "\n", RsaKeyRing.MaxKeys + 1)), false),
            (PemEncoding.WriteString("CERTIFICATE", Key.ExportSubjectPublicKeyInfo()), false),
            ("@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/x)", false),
            ("https://example.com/publicKey.pem", false),
        ];
        foreach (var (value, isSound) in rows)
        {
            var settings = TestSettings.Create(("KEY", value));
            Assert.True(RsaKeyRing.Read(settings, "KEY") is not null == isSound, value);
            Assert.Equal(isSound ? 0 : 1, settings.Problems.Count);
        }
    }

    [Fact]
    public void The_error_for_an_invalid_key_names_the_mistake()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var small = RSA.Create(1024);
        (string Value, string Reason)[] rows =
        [
            (Key.ExportPkcs8PrivateKeyPem(), "contains a private key: only the provider's public key belongs here"),
            (ec.ExportSubjectPublicKeyInfoPem(), "is not an RSA public key"),
            (small.ExportSubjectPublicKeyInfoPem(), "is an RSA key of 1024 bits: 2048 to 8192 are accepted"),
            (string.Concat(Enumerable.Repeat(Pem(Key) + "\n", RsaKeyRing.MaxKeys + 1)), "contains more than 4 keys"),
            (PemEncoding.WriteString("CERTIFICATE", Key.ExportSubjectPublicKeyInfo()), "is not a public key in PEM"),
            ("https://example.com/publicKey.pem", "is not a public key in PEM"),
        ];
        foreach (var (value, reason) in rows)
        {
            var settings = TestSettings.Create(("KEY", value));
            RsaKeyRing.Read(settings, "KEY");
            Assert.Equal(reason, Assert.Single(settings.Problems).Reason);
        }
    }

    [Fact]
    public async Task A_duplicate_key_in_the_setting_is_accepted()
    {
        using var request = Request(EventId, Signatures.Hex(Signatures.GeminiGen(Key, EventId)));

        Assert.True((await VerifyAsync(request, Pem(Key) + "\n" + Pem(Key))).IsGenuine);
    }

    private static string Pem(RSA key) => key.ExportSubjectPublicKeyInfoPem();

    private static WebhookRequest Request(string eventId, string? signature) => WebhookRequests.Create(
        $$"""{"event":"TTS_TEXT_SUCCESS","uuid":{{JsonSerializer.Serialize(eventId)}},"data":{} }""", (GeminiGenVerifier.SignatureHeader, signature));

    private static GeminiGenVerifier Verifier(string pem) => new(RsaKeyRing.Read(TestSettings.Create(("KEY", pem)), "KEY")!);

    private static async Task<Verdict> VerifyAsync(WebhookRequest request, string pem) =>
        await Verifier(pem).VerifyAsync(request, TestContext.Current.CancellationToken);

    private static string SignDigestOf(byte[] eventId)
    {
#pragma warning disable CA5351 // MD5 is what this provider signs.
        return Signatures.Hex(Key.SignData(MD5.HashData(eventId), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
#pragma warning restore CA5351
    }
}
