using System.Text;
using System.Text.Json;
using CsCheck;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

/// <summary>Bench with Gemini's dynamic endpoint, a stand-in for Google's keys, and signatures in the form <c>v1a</c>.</summary>
public abstract class PublicKeyBench : IAsyncLifetime
{
    private protected const string Body = """{"type":"batch.succeeded","version":"v1","timestamp":"2026-01-22T12:00:00Z","data":{"id":"b1"}}""";

    private protected GeminiStandIn Api { get; private set; } = null!;

    private protected ProviderBench Bench { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Api = await GeminiStandIn.StartAsync();
        Bench = new ProviderBench(SampleSettings.GeminiToken, ("GEMINI_JWKS_URL", Api.Origin + GeminiStandIn.JwksPath));
    }

    public async ValueTask DisposeAsync()
    {
        Bench.Dispose();
        await Api.Storage.DisposeAsync();
        await Api.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    // Another valid key, so that the document is usable.
    private protected static string Other => JsonSerializer.Serialize(GeminiStandIn.Ed25519("other").ToJwk());

    private protected IWebhookVerifier Verifier => Bench["gemini"].Endpoints.Single(endpoint => endpoint.Mode == "dynamic").Verifier;

    private protected static string Document(byte[] publicKey) =>
        $$"""{"keys":[{"kty":"OKP","crv":"Ed25519","x":"{{System.Buffers.Text.Base64Url.EncodeToString(publicKey)}}"},{{Other}}]}""";

    private protected static string Signature(IEnumerable<(string Name, string? Value)> headers) =>
        headers.Single(header => header.Name == StandardWebhooks.SignatureHeader).Value!;

    private protected (string Name, string? Value)[] Signed(string id, DateTimeOffset? at = null, string keyId = "key-1") =>
        GeminiStandIn.SignDynamic(id, Encoding.UTF8.GetBytes(Body), at ?? Bench.Clock.GetUtcNow(), keyId);

    private protected (string Name, string? Value)[] With(string signature) =>
        [.. Signed("msg_1").Select(header => header.Name == StandardWebhooks.SignatureHeader ? (header.Name, signature) : header)];

    private protected Task<Verdict> VerifyAsync((string Name, string? Value)[] headers) => VerifyAsync(headers, Encoding.UTF8.GetBytes(Body));

    private protected async Task<Verdict> VerifyAsync((string Name, string? Value)[] headers, byte[] body)
    {
        using var request = WebhookRequests.Create(body, headers);
        return await Verifier.VerifyAsync(request, TestContext.Current.CancellationToken);
    }
}
