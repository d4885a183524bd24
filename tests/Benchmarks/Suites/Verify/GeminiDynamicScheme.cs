using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using Benchmarks.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Benchmarks.Suites.Verify;

/// <summary>Gemini's dynamic webhooks: a JWT under a key that is published. It covers nothing of the body.</summary>
public class GeminiDynamicScheme : MeasuredScheme
{
    private const string Audience = "benchmark";
    private const string Issuer = "https://accounts.google.com";
    private const string KeyId = "benchmark-key";

    private readonly RSA _key = RSA.Create(2048);
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

    /// <summary>The library's validation of the token, with a key that is kept.</summary>
    [Benchmark(Baseline = true)]
    public async Task<bool> RawAsync() => (await _handler.ValidateTokenAsync(_token, _parameters)).IsValid;

    public override async Task CleanUpAsync()
    {
        await base.CleanUpAsync();
        await (_jwks?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    protected override async Task PrepareAsync()
    {
        var key = _key.ExportParameters(includePrivateParameters: false);
        var document = $$"""
            {"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"{{KeyId}}",
            "n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"{{Base64Url.EncodeToString(key.Exponent)}}"}]}
            """;
        _jwks = ServerHost.CreateBuilder().Build();
        _jwks.Run(context => context.Response.WriteAsync(document));
        await _jwks.StartAsync();
    }

    protected override (Dictionary<string, string> Genuine, string SignatureHeader, string WrongSignature) Sign()
    {
        _parameters = new TokenValidationParameters
        {
            IssuerSigningKey = new RsaSecurityKey(_key) { KeyId = KeyId },
            ValidAudience = Audience,
            ValidIssuer = Issuer,
        };
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = $$"""{"iss":"{{Issuer}}","aud":"{{Audience}}","iat":{{now}},"exp":{{now + 3600}}}""";
        var header = $$"""{"alg":"RS256","typ":"JWT","kid":"{{KeyId}}"}""";
        var signed = $"{Encoded(header)}.{Encoded(claims)}";
        _token = Token(signed, Encoding.ASCII.GetBytes(signed));
        return (new() { ["webhook-signature"] = _token }, "webhook-signature", Token(signed, [1]));
    }

    private string Token(string signed, byte[] content) =>
        $"{signed}.{Base64Url.EncodeToString(_key.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";

    private static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
