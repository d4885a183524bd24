using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LocalHost.Samples;

/// <summary>RS256 key that signs tokens, with its public key in the form in which it is published (JWKS, RFC 7517).</summary>
/// <param name="Id">The key's id, in tokens and as published.</param>
/// <param name="Parameters">The whole key pair. It is not an RSA object, because that is not thread-safe.</param>
public sealed record TokenKey(string Id, RSAParameters Parameters)
{
    private const int KeyIdLength = 16;

    /// <summary>Returns a key with a unique id, which is derived from the key.</summary>
    public static TokenKey From(RSA key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..KeyIdLength], key.ExportParameters(includePrivateParameters: true));
    }

    /// <summary>Creates a new key.</summary>
    public static TokenKey Create(string id)
    {
        using var key = RSA.Create(2048);
        return new(id, key.ExportParameters(includePrivateParameters: true));
    }

    /// <summary>Returns the document that publishes these keys.</summary>
    public static string Publish(params IEnumerable<TokenKey> keys) => JsonSerializer.Serialize(new
    {
        keys = keys.Select(key => key.ToJwk()),
    });

    /// <summary>Returns the public key as a JWK.</summary>
    public IReadOnlyDictionary<string, string> ToJwk() => new Dictionary<string, string>
    {
        ["kty"] = "RSA",
        ["use"] = "sig",
        ["alg"] = "RS256",
        ["kid"] = Id,
        ["n"] = Base64Url.EncodeToString(Parameters.Modulus),
        ["e"] = Base64Url.EncodeToString(Parameters.Exponent),
    };

    /// <summary>Returns a token with this content.</summary>
    /// <param name="claims">The content, as JSON.</param>
    /// <param name="header">The header, as JSON; null for a correct one.</param>
    public string Sign(string claims, string? header = null)
    {
        header ??= $$"""{"alg":"RS256","typ":"JWT","kid":"{{Id}}"}""";
        using var key = RSA.Create(Parameters);
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
