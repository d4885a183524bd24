using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using NSec.Cryptography;

namespace LocalHost.Samples;

/// <summary>Ed25519 signing key (RFC 8032), with its public key in the form in which it is published (JWKS, RFC 8037).</summary>
public sealed class Ed25519Key
{
    private const int KeyIdLength = 16;

    private readonly byte[] _seed;

    private Ed25519Key(byte[] seed)
    {
        _seed = seed;
        using var key = Open();
        PublicKey = key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    /// <summary>Gets the 32 bytes of the public key.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Gets the key's id in the published document, which is derived from the key.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(PublicKey.Span))[..KeyIdLength];

    /// <summary>Creates a new key.</summary>
    public static Ed25519Key Create() => new(RandomNumberGenerator.GetBytes(SignatureAlgorithm.Ed25519.PrivateKeySize));

    /// <summary>Reads a key from a PKCS #8 document in PEM, as <c>openssl genpkey -algorithm ed25519</c> writes it.</summary>
    /// <exception cref="FormatException">The text is not an Ed25519 private key in PEM.</exception>
    public static Ed25519Key FromPem(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != "PRIVATE KEY")
        {
            throw new FormatException("The text contains no private key in PEM.");
        }

        var parameters = new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };
        if (!Key.TryImport(
            SignatureAlgorithm.Ed25519, Convert.FromBase64String(pem[fields.Base64Data]), KeyBlobFormat.PkixPrivateKey, out var key, parameters)
            || key is null)
        {
            throw new FormatException("The key is not an Ed25519 key.");
        }

        using (key)
        {
            return new Ed25519Key(key.Export(KeyBlobFormat.RawPrivateKey));
        }
    }

    /// <summary>Returns the document that publishes these keys.</summary>
    public static string Publish(params IEnumerable<Ed25519Key> keys) => JsonSerializer.Serialize(new { keys = keys.Select(key => key.ToJwk()) });

    /// <summary>Returns the public key as a JWK.</summary>
    public IReadOnlyDictionary<string, string> ToJwk() => new Dictionary<string, string>
    {
        ["kty"] = "OKP",
        ["crv"] = "Ed25519",
        ["use"] = "sig",
        ["alg"] = "EdDSA",
        ["kid"] = Id,
        ["x"] = Base64Url.EncodeToString(PublicKey.Span),
    };

    /// <summary>Returns the signature of <paramref name="data"/>, 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        using var key = Open();
        return SignatureAlgorithm.Ed25519.Sign(key, data);
    }

    private Key Open() => Key.Import(SignatureAlgorithm.Ed25519, _seed, KeyBlobFormat.RawPrivateKey);
}
