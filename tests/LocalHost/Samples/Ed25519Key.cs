using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using NSec.Cryptography;

namespace LocalHost.Samples;

/// <summary>A key that signs by Ed25519 (RFC 8032), and its public half as it is published for those who check signatures (JWKS, RFC 8037).</summary>
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

    /// <summary>The 32 bytes of the public key.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The key's id in what is published: another key has another id.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(PublicKey.Span))[..KeyIdLength];

    /// <summary>A new key.</summary>
    public static Ed25519Key Create() => new(RandomNumberGenerator.GetBytes(SignatureAlgorithm.Ed25519.PrivateKeySize));

    /// <summary>The key in a PKCS #8 document in PEM, as <c>openssl genpkey -algorithm ed25519</c> writes it.</summary>
    /// <exception cref="FormatException">It is not an Ed25519 private key in PEM.</exception>
    public static Ed25519Key FromPem(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != "PRIVATE KEY")
        {
            throw new FormatException("It holds no private key in PEM.");
        }

        var parameters = new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };
        if (!Key.TryImport(
            SignatureAlgorithm.Ed25519, Convert.FromBase64String(pem[fields.Base64Data]), KeyBlobFormat.PkixPrivateKey, out var key, parameters)
            || key is null)
        {
            throw new FormatException("It holds another kind of key than Ed25519.");
        }

        using (key)
        {
            return new Ed25519Key(key.Export(KeyBlobFormat.RawPrivateKey));
        }
    }

    /// <summary>The document that publishes these keys.</summary>
    public static string Publish(params IEnumerable<Ed25519Key> keys) => JsonSerializer.Serialize(new { keys = keys.Select(key => key.ToJwk()) });

    /// <summary>The public half in the form of a JWK.</summary>
    public IReadOnlyDictionary<string, string> ToJwk() => new Dictionary<string, string>
    {
        ["kty"] = "OKP",
        ["crv"] = "Ed25519",
        ["use"] = "sig",
        ["alg"] = "EdDSA",
        ["kid"] = Id,
        ["x"] = Base64Url.EncodeToString(PublicKey.Span),
    };

    /// <summary>The signature of <paramref name="data"/>, 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        using var key = Open();
        return SignatureAlgorithm.Ed25519.Sign(key, data);
    }

    private Key Open() => Key.Import(SignatureAlgorithm.Ed25519, _seed, KeyBlobFormat.RawPrivateKey);
}
