using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using LocalHost.Samples;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Benchmarks.Suites.Verify;

/// <summary>Scheme of Gemini's dynamic webhooks: a JWT under a published key. It does not cover the body.</summary>
public class GeminiTokenScheme : PublishedKeyScheme
{
    private const string Audience = "benchmark";
    private const string Issuer = "https://accounts.google.com";
    private const string KeyId = "benchmark-key";

    private readonly TokenKey _key = TokenKey.Create(KeyId);
    private readonly JsonWebTokenHandler _handler = new();
    private string _token = "";
    private TokenValidationParameters? _parameters;

    protected override Dictionary<string, string?> Settings => new(base.Settings) { ["GEMINI_WEBHOOK_AUDIENCE"] = Audience };

    protected override string Document => TokenKey.Publish(_key);

    /// <summary>Validates the token with the library, and a key object that is reused.</summary>
    [Benchmark(Baseline = true)]
    public async Task<bool> RawAsync() => (await _handler.ValidateTokenAsync(_token, _parameters)).IsValid;

    protected override (Dictionary<string, string> Genuine, string SignatureHeader, string WrongSignature) Sign()
    {
        _parameters = new TokenValidationParameters
        {
            IssuerSigningKey = new RsaSecurityKey(RSA.Create(_key.Parameters)) { KeyId = KeyId },
            ValidAudience = Audience,
            ValidIssuer = Issuer,
        };
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = $$"""{"iss":"{{Issuer}}","aud":"{{Audience}}","iat":{{now}},"exp":{{now + 3600}}}""";
        _token = _key.Sign(claims);
        return (new() { ["webhook-signature"] = _token }, "webhook-signature", TokenKey.Create(KeyId).Sign(claims));
    }
}
