using System.Globalization;
using System.Text.Json;
using CsCheck;
using Microsoft.IdentityModel.Tokens;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

/// <summary>Bench with Gemini's dynamic endpoint, a stand-in for Google's keys, and tokens in Google's form.</summary>
public abstract class GeminiTokenBench : IAsyncLifetime
{
    private protected const string Body = """{"type":"batch.succeeded","version":"v1","timestamp":"2026-01-22T12:00:00Z","data":{"id":"b1","n":1.0}}""";

    private protected static readonly long Now = ProviderBench.Now.ToUnixTimeSeconds();

    private protected GeminiStandIn Api { get; private set; } = null!;

    private protected ProviderBench Bench { get; private set; } = null!;

    private protected IWebhookVerifier Verifier => Bench["gemini"].Endpoints.Single(endpoint => endpoint.Mode == "dynamic").Verifier;

    public async ValueTask InitializeAsync()
    {
        Api = await GeminiStandIn.StartAsync();
        Bench = new ProviderBench(SampleSettings.Gemini, SampleSettings.Dynamic, ("GEMINI_JWKS_URL", Api.Origin + GeminiStandIn.JwksPath));
    }

    public async ValueTask DisposeAsync()
    {
        Bench.Dispose();
        await Api.Storage.DisposeAsync();
        await Api.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static string PublishedKey(string document) => document.Replace(
        "\"N\"", JsonSerializer.Serialize(Base64UrlEncoder.Encode(GeminiStandIn.Key("key-1").Modulus)), StringComparison.Ordinal);

    // Returns a token for the current time of the clock.
    private protected string Renewed()
    {
        var now = Bench.Clock.GetUtcNow().ToUnixTimeSeconds();
        return GeminiStandIn.Sign(Claims(("iat", $"{now}"), ("exp", $"{now + 300}")));
    }

    private protected static string Claims(params ReadOnlySpan<(string Name, string? Json)> changes)
    {
        var claims = new Dictionary<string, string?>
        {
            ["iss"] = "\"https://accounts.google.com\"",
            ["aud"] = $"\"{SampleSettings.Audience}\"",
            ["iat"] = "NOW",
            ["exp"] = "NOW+300",
        };
        foreach (var (name, json) in changes)
        {
            claims[name] = json;
        }

        return "{" + string.Join(',', claims.Where(claim => claim.Value is not null).Select(claim => $"\"{claim.Key}\":{Time(claim.Value!)}")) + "}";
    }

    // Replaces NOW and NOW+{seconds} by the number.
    private protected static string Time(string json) => json.StartsWith("NOW", StringComparison.Ordinal)
        ? (Now + (json.Length > 3 ? decimal.Parse(json[4..], CultureInfo.InvariantCulture) : 0)).ToString(CultureInfo.InvariantCulture)
        : json;

    private protected Task<Verdict> VerifyAsync(string? token, string body = Body) =>
        Bench.VerifyAsync("gemini", "dynamic", body, (StandardWebhooks.SignatureHeader, token));
}
