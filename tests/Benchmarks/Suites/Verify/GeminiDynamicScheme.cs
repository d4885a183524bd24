using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Benchmarks.Servers;
using LocalHost.Samples;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Benchmarks.Suites.Verify;

/// <summary>Scheme of Gemini's dynamic webhooks: a JWT under a published key. It does not cover the body.</summary>
public class GeminiDynamicScheme : MeasuredScheme
{
    private const string Audience = "benchmark";
    private const string Issuer = "https://accounts.google.com";
    private const string KeyId = "benchmark-key";

    private readonly TokenKey _key = TokenKey.Create(KeyId);
    private readonly JsonWebTokenHandler _handler = new();
    private WebApplication? _jwks;
    private string _token = "";
    private TokenValidationParameters? _parameters;

    protected override (string Provider, string? Mode) Endpoint => ("gemini", "dynamic");

    protected override Dictionary<string, string?> Settings => new()
    {
        ["GEMINI_WEBHOOK_AUDIENCE"] = Audience,
        ["GEMINI_JWKS_URL"] = $"{_jwks!.Urls.Single()}/jwks.json",
    };

    /// <summary>Validates the token with the library, and a key object that is reused.</summary>
    [Benchmark(Baseline = true)]
    public async Task<bool> RawAsync() => (await _handler.ValidateTokenAsync(_token, _parameters)).IsValid;

    public override async Task CleanUpAsync()
    {
        await base.CleanUpAsync();
        await (_jwks?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    protected override async Task PrepareAsync()
    {
        var document = TokenKey.Publish(_key);
        _jwks = ServerHost.CreateBuilder().Build();
        _jwks.Run(context => context.Response.WriteAsync(document));
        await _jwks.StartAsync();
    }

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
