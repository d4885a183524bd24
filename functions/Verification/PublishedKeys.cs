using System.Buffers.Text;
using Microsoft.IdentityModel.Tokens;
using NSec.Cryptography;

namespace WebhookFunctions.Verification;

/// <summary>Published keys of a JWKS document (RFC 7517) that verify signatures: RSA keys by id, and Ed25519 keys (RFC 8037).</summary>
public sealed class PublishedKeys
{
    /// <summary>The maximum number of Ed25519 keys. Each costs a verification for every webhook, including forged ones. Google publishes
    /// three.</summary>
    public const int MaxEd25519Keys = 8;

    private const int MinRsaBits = 2048;
    private const string OctetKeyPair = "OKP";
    private const string Ed25519Curve = "Ed25519";
    private const string EdDsa = "EdDSA";

    private PublishedKeys(IReadOnlyDictionary<string, RsaSecurityKey> rsa, IReadOnlyList<PublicKey> ed25519) => (Rsa, Ed25519) = (rsa, ed25519);

    /// <summary>RSA keys for RS256, by key id.</summary>
    public IReadOnlyDictionary<string, RsaSecurityKey> Rsa { get; }

    /// <summary>Ed25519 keys, in the order in which they are published.</summary>
    public IReadOnlyList<PublicKey> Ed25519 { get; }

    /// <summary>Returns Ed25519 keys that come from a setting and not from a document.</summary>
    public static PublishedKeys Create(IReadOnlyList<PublicKey> ed25519) => new(new Dictionary<string, RsaSecurityKey>(), ed25519);

    /// <summary>Reads a document. Returns null if it contains no usable key. Malformed keys and keys for another purpose are skipped.</summary>
    /// <exception cref="ArgumentException">The text is not a JWKS document.</exception>
    public static PublishedKeys? TryRead(string document)
    {
        Dictionary<string, RsaSecurityKey> rsa = new(StringComparer.Ordinal);
        List<PublicKey> ed25519 = [];
        foreach (var published in new JsonWebKeySet(document).Keys.Where(key => key.Use is null or "" or JsonWebKeyUseNames.Sig))
        {
            if (TryReadRsa(published) is { } key)
            {
                rsa.TryAdd(published.KeyId, key);
            }
            else if (ed25519.Count < MaxEd25519Keys && TryReadEd25519(published) is { } other)
            {
                ed25519.Add(other);
            }
        }

        return rsa.Count + ed25519.Count > 0 ? new PublishedKeys(rsa, ed25519) : null;
    }

    private static RsaSecurityKey? TryReadRsa(JsonWebKey published)
    {
        if (published is not { Kty: JsonWebAlgorithmsKeyTypes.RSA, KeyId.Length: > 0, Alg: null or "" or SecurityAlgorithms.RsaSha256 })
        {
            return null;
        }

        try
        {
            var parameters = new System.Security.Cryptography.RSAParameters
            {
                Modulus = Base64UrlEncoder.DecodeBytes(published.N),
                Exponent = Base64UrlEncoder.DecodeBytes(published.E),
            };
            var key = new RsaSecurityKey(parameters) { KeyId = published.KeyId };
            return key.KeySize >= MinRsaBits ? key : null;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static PublicKey? TryReadEd25519(JsonWebKey published)
    {
        Span<byte> point = stackalloc byte[SignatureAlgorithm.Ed25519.PublicKeySize];
        return published is { Kty: OctetKeyPair, Crv: Ed25519Curve, Alg: null or "" or EdDsa or Ed25519Curve, X: { } x }
            && Base64Url.IsValid(x, out var length) && length == point.Length && Base64Url.TryDecodeFromChars(x, point, out _)
            && PublicKey.TryImport(SignatureAlgorithm.Ed25519, point, KeyBlobFormat.RawPublicKey, out var key)
                ? key
                : null;
    }
}
