using System.Security.Cryptography;
using Microsoft.Extensions.ObjectPool;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Verification;

/// <summary>Key ring that verifies RSA PKCS#1 v1.5 signatures under one or more public keys. Thread-safe.</summary>
/// <remarks>RSA objects are pooled: they are not documented as thread-safe, and reading a key from PEM costs more than a verification.</remarks>
public sealed class RsaKeyRing
{
    /// <summary>The maximum number of keys. Each costs one RSA operation for every request, including forged ones.</summary>
    public const int MaxKeys = 4;

    // A key below 2,048 bits can be factored. A longer key costs more per check: 8,192 bits some ten times as much as 2,048.
    private const int MinBits = 2048;
    private const int MaxBits = 8192;

    private const string NoKey = "is not a public key in PEM";

    private readonly (ObjectPool<RSA> Objects, int SignatureBytes)[] _keys;

    private RsaKeyRing(IEnumerable<(byte[] Key, int Bits)> keys)
    {
        var pools = new DefaultObjectPoolProvider();
        _keys = [.. keys.Select(key => (pools.Create(new PublicKeys(key.Key)), (key.Bits + 7) / 8))];
        MaxSignatureBytes = _keys.Max(key => key.SignatureBytes);
    }

    /// <summary>The length of a signature under the longest key.</summary>
    public int MaxSignatureBytes { get; }

    /// <summary>
    /// Reads the public keys in a setting: PEM blocks in sequence, with line breaks or <c>\n</c>. Returns null if the setting is missing, or if any
    /// key is invalid, which is reported.
    /// </summary>
    public static RsaKeyRing? Read(ProviderSettings settings, string setting)
    {
        if (settings.Text(setting) is not { } text)
        {
            return null;
        }

        List<(byte[], int)> keys = [];
        string? problem = null;
        var rest = text
            .Replace("\\r", "", StringComparison.Ordinal)
            .Replace("\\n", "\n", StringComparison.Ordinal)
            // Two blocks without a line break between them share one run of dashes.
            .Replace("----------", "-----\n-----", StringComparison.Ordinal)
            .AsSpan();
        while (problem is null && PemEncoding.TryFind(rest, out var fields))
        {
            var problemBetween = ProblemBetween(rest[..fields.Location.Start]);
            problem = Problem(rest, fields, out var key) ?? problemBetween;
            keys.Add(key);
            rest = rest[fields.Location.End..];
        }

        problem ??= keys.Count == 0 ? NoKey
            : keys.Count > MaxKeys ? $"contains more than {MaxKeys} keys"
            : ProblemBetween(rest);
        if (problem is not null)
        {
            settings.Report(setting, problem);
            return null;
        }

        return new RsaKeyRing(keys);
    }

    /// <summary>Returns whether <paramref name="signature"/> is a signature with SHA-256 over <paramref name="data"/>, made with one of the
    /// keys.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(data, hash);
        var found = false;
        foreach (var (objects, signatureBytes) in _keys)
        {
            if (signature.Length != signatureBytes)
            {
                continue;
            }

            var rsa = objects.Get();
            found |= rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            objects.Return(rsa);
        }

        return found;
    }

    // Text between the blocks that looks like a key is an error. Skipping it would be noticed only on the day the other key is retired.
    private static string? ProblemBetween(ReadOnlySpan<char> between) => between.Contains("-----", StringComparison.Ordinal) ? NoKey : null;

    private static string? Problem(ReadOnlySpan<char> pem, PemFields fields, out (byte[] Key, int Bits) key)
    {
        key = default;
        var label = pem[fields.Label];
        if (label.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            return "contains a private key: only the provider's public key belongs here";
        }

        if (label is not ("PUBLIC KEY" or "RSA PUBLIC KEY"))
        {
            return NoKey;
        }

        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem[fields.Location]);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return "is not an RSA public key";
        }

        if (rsa.KeySize is < MinBits or > MaxBits)
        {
            return $"is an RSA key of {rsa.KeySize} bits: {MinBits} to {MaxBits} are accepted";
        }

        key = (rsa.ExportSubjectPublicKeyInfo(), rsa.KeySize);
        return null;
    }

    private sealed class PublicKeys(byte[] key) : PooledObjectPolicy<RSA>
    {
        public override RSA Create()
        {
            var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(key, out _);
            return rsa;
        }

        public override bool Return(RSA obj) => true;
    }
}
