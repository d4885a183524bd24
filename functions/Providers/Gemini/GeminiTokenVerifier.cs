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
/// Verifier of dynamic webhooks as the guide documents them: header <c>webhook-signature</c> contains a compact JWT (RS256), signed with a key that
/// Google publishes. It authenticates the sender and, unless its claims contain the event too, does not cover the body.
/// Document: https://ai.google.dev/gemini-api/docs/webhooks, "Verify dynamic signatures".
/// </summary>
/// <param name="keys">Google's keys.</param>
/// <param name="audiences">The values of <c>aud</c> of which the token must have one exactly.</param>
/// <param name="issuers">The accepted values of <c>iss</c>.</param>
/// <param name="clock">The clock that checks the token's lifetime.</param>
public sealed class GeminiTokenVerifier(JwksCache keys, IReadOnlyList<string> audiences, IReadOnlyList<string> issuers, TimeProvider clock)
    : IWebhookVerifier
{
    /// <summary>The longest token that is examined, in characters. Observed ones have some 700.</summary>
    public const int MaxTokenLength = 16 * 1024;

    // How far the token's beginning may be in the future, if Google's clock is ahead. Its expiry gets no allowance, because Google sets it minutes
    // ahead.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    // The maximum time until the token expires. Observed tokens are valid for minutes. If one was valid for days, an interceptor could use it for
    // too long.
    private static readonly TimeSpan MaxRemainingLife = TimeSpan.FromDays(1);

    // Headers that name a key or change what is signed. Only Google's published keys are used, whatever a token names.
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

        // Checked before the key search, so that an expired token causes no fetch of keys.
        if (!IsWithinLifetime(claims.RootElement))
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
        // By default, a token with an unknown key id is tried with all keys.
        TryAllIssuerSigningKeys = false,
        RequireSignedTokens = true,
        ValidAudiences = audiences,
        IgnoreTrailingSlashWhenValidatingAudience = false,
        ValidIssuers = issuers,
        // Already checked, with an allowance for the beginning only. The library has one allowance for both ends.
        ValidateLifetime = false,
        LogValidationExceptions = false,
    };

    // A token has only one spelling, because its signature covers the text of the other parts and its own spelling is checked.
    private static string Digest(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)).AsSpan(0, 16));

    private static RejectionReason Reason(Exception? exception) => exception switch
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

    private bool IsWithinLifetime(JsonElement claims)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        return IsTime(claims, "exp", isRequired: true, after: now, before: now + MaxRemainingLife.TotalSeconds)
            && IsTime(claims, "nbf", isRequired: false, after: double.MinValue, before: now + ClockSkew.TotalSeconds)
            && IsTime(claims, "iat", isRequired: false, after: double.MinValue, before: now + ClockSkew.TotalSeconds);
    }

    // RFC 7519 calls them NumericDate: seconds, which may have a fraction.
    private static bool IsTime(JsonElement claims, string name, bool isRequired, double after, double before) =>
        claims.TryGetProperty(name, out var claim)
            ? claim.ValueKind == JsonValueKind.Number && claim.TryGetDouble(out var seconds) && seconds > after && seconds <= before
            : !isRequired;

    // Returns whether the token's claims contain the event and the body differs from it.
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
            // The comparison cannot read an escaped lone surrogate.
            return false;
        }
    }

    // The last character of a signature has unused bits. Without this check, one signature would have sixteen spellings.
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
