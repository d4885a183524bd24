using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LocalHost.Samples;

/// <summary>A key that signs tokens by RS256, and its public half as it is published for those who check them (JWKS, RFC 7517).</summary>
/// <param name="Id">The key's id in tokens and in what is published.</param>
/// <param name="Parameters">Both halves. Not an RSA object, which serves one thread only.</param>
public sealed record TokenKey(string Id, RSAParameters Parameters)
{
    private const int KeyIdLength = 16;

    /// <summary>A key whose id follows from it, so that another key has another id.</summary>
    public static TokenKey Of(RSA key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..KeyIdLength], key.ExportParameters(includePrivateParameters: true));
    }

    /// <summary>A new key.</summary>
    public static TokenKey Create(string id)
    {
        using var key = RSA.Create(2048);
        return new(id, key.ExportParameters(includePrivateParameters: true));
    }

    /// <summary>The document that publishes these keys.</summary>
    public static string Publish(params IEnumerable<TokenKey> keys) => JsonSerializer.Serialize(new
    {
        keys = keys.Select(key => key.ToJwk()),
    });

    /// <summary>The public half in the form of a JWK.</summary>
    public IReadOnlyDictionary<string, string> ToJwk() => new Dictionary<string, string>
    {
        ["kty"] = "RSA",
        ["use"] = "sig",
        ["alg"] = "RS256",
        ["kid"] = Id,
        ["n"] = Base64Url.EncodeToString(Parameters.Modulus),
        ["e"] = Base64Url.EncodeToString(Parameters.Exponent),
    };

    /// <summary>A token with these claims.</summary>
    /// <param name="claims">As JSON.</param>
    /// <param name="header">As JSON. Null: as it should be.</param>
    public string Sign(string claims, string? header = null)
    {
        header ??= $$"""{"alg":"RS256","typ":"JWT","kid":"{{Id}}"}""";
        using var key = RSA.Create(Parameters);
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
