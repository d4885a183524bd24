using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>
/// Dynamic webhooks as the guide prints them: header <c>webhook-signature</c> holds a compact JWT (RS256) under a key that Google publishes.
/// It shows who sent the webhook and, unless its claims hold the event too, says nothing of the body.
/// Document: https://ai.google.dev/gemini-api/docs/webhooks, "Verify dynamic signatures".
/// </summary>
/// <param name="keys">Google's keys.</param>
/// <param name="audiences">The values of <c>aud</c> of which the token must have one, to the letter.</param>
/// <param name="issuers">The values of <c>iss</c> that are Google's.</param>
/// <param name="clock">For the token's lifetime.</param>
public sealed class GeminiTokenVerifier(JwksCache keys, IReadOnlyList<string> audiences, IReadOnlyList<string> issuers, TimeProvider clock)
    : IWebhookVerifier
{
    /// <summary>The longest token that is looked at, in characters. Those seen have some 700.</summary>
    public const int MaxTokenLength = 16 * 1024;

    // How far the token may come from the future, should Google's clock be ahead of ours. Its end gets no such grace: Google sets it minutes ahead.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    // Tokens seen live for minutes. One that is valid for more than a day is a mistake, or a catch that would serve too long.
    private static readonly TimeSpan MaxRemainder = TimeSpan.FromDays(1);

    // Each names a key, or changes what is signed. The keys are Google's published ones, whatever a token says.
    private static readonly string[] ForbiddenHeaders = ["jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc"];

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = MaxTokenLength };

    public async ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        if (request.Header(StandardWebhooks.SignatureHeader) is not { } token)
        {
            return Verdict.Rejected(RejectionReason.MissingHeader);
        }

        if (token.Length > MaxTokenLength || token.Split('.') is not [var header, var payload, var signature] || !IsCanonical(signature))
        {
            return Verdict.Rejected(RejectionReason.MalformedHeader);
        }

        using var jose = Decode(header);
        using var claims = Decode(payload);
        if (jose is null || claims is null || KeyId(jose.RootElement) is not { } keyId)
        {
            return Verdict.Rejected(RejectionReason.MalformedHeader);
        }

        // Before a key is looked for: a token that is of no use causes no fetch.
        if (!IsAlive(claims.RootElement))
        {
            return Verdict.Rejected(RejectionReason.WrongClaims);
        }

        RsaSecurityKey? key = null;
        var search = await keys.SearchAsync(published => published.Rsa.TryGetValue(keyId, out key), cancellationToken);
        if (key is null)
        {
            return Verdict.Rejected(search == KeySearch.Unavailable ? RejectionReason.KeysUnavailable : RejectionReason.UnknownKey);
        }

        var validation = await _handler.ValidateTokenAsync(token, Parameters(key));
        return !validation.IsValid ? Verdict.Rejected(Reason(validation.Exception))
            : Contradicts(claims.RootElement, request.Json) ? Verdict.Rejected(RejectionReason.ClaimsContradictBody)
            : Verdict.GenuineBySharedKey(SignatureCoverage.SenderOnly) with { Credential = Digest(token) };
    }

    private TokenValidationParameters Parameters(RsaSecurityKey key) => new()
    {
        ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
        IssuerSigningKey = key,
        // By default, a token whose key id fits no key is tried with all of them.
        TryAllIssuerSigningKeys = false,
        RequireSignedTokens = true,
        ValidAudiences = audiences,
        IgnoreTrailingSlashWhenValidatingAudience = false,
        ValidIssuers = issuers,
        // Checked already, with a grace for the beginning only: the library has one skew for both ends.
        ValidateLifetime = false,
        LogValidationExceptions = false,
    };

    // A token has one spelling: its signature covers the text of the other parts, and its own spelling is checked.
    private static string Digest(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)).AsSpan(0, 16));

    private static RejectionReason Reason(Exception? failure) => failure switch
    {
        SecurityTokenInvalidAudienceException or SecurityTokenInvalidIssuerException => RejectionReason.WrongClaims,
        SecurityTokenSignatureKeyNotFoundException => RejectionReason.UnknownKey,
        SecurityTokenMalformedException => RejectionReason.MalformedHeader,
        _ => RejectionReason.WrongSignature,
    };

    private static string? KeyId(JsonElement header)
    {
        if (header.Text("alg") != SecurityAlgorithms.RsaSha256)
        {
            return null;
        }

        foreach (var name in ForbiddenHeaders)
        {
            if (header.TryGetProperty(name, out _))
            {
                return null;
            }
        }

        return header.Text("kid") is { } keyId && ApiOrigin.IsSegment(keyId) ? keyId : null;
    }

    private bool IsAlive(JsonElement claims)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        return IsTime(claims, "exp", isRequired: true, after: now, before: now + MaxRemainder.TotalSeconds)
            && IsTime(claims, "nbf", isRequired: false, after: double.MinValue, before: now + Skew.TotalSeconds)
            && IsTime(claims, "iat", isRequired: false, after: double.MinValue, before: now + Skew.TotalSeconds);
    }

    // RFC 7519 calls them NumericDate: seconds, which may have a fraction.
    private static bool IsTime(JsonElement claims, string name, bool isRequired, double after, double before) =>
        claims.TryGetProperty(name, out var claim)
            ? claim.ValueKind == JsonValueKind.Number && claim.TryGetDouble(out var seconds) && seconds > after && seconds <= before
            : !isRequired;

    // Where the event itself is signed too, a body that differs is another one's.
    private static bool Contradicts(JsonElement claims, JsonElement? body)
    {
        foreach (var name in new[] { "type", "data" })
        {
            if (claims.TryGetProperty(name, out var signed)
                && !(body is { } sent && sent.TryGetProperty(name, out var value) && AreEqual(signed, value)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool AreEqual(JsonElement signed, JsonElement sent)
    {
        try
        {
            return JsonElement.DeepEquals(signed, sent);
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate among the escapes, which the comparison cannot read.
            return false;
        }
    }

    // The last character of a signature has bits that mean nothing: without this, one signature would have sixteen spellings.
    private static bool IsCanonical(string part) =>
        part.Length > 0 && Base64Url.IsValid(part) && Base64Url.EncodeToString(Base64Url.DecodeFromChars(part)) == part;

    private static JsonDocument? Decode(string part)
    {
        try
        {
            return EventJson.TryParse(Base64Url.DecodeFromChars(part));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
