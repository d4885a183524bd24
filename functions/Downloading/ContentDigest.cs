using System.Security.Cryptography;

namespace WebhookFunctions.Downloading;

/// <summary>SHA-256 and MD5 of bytes as they pass. MD5 because it is what Blob Storage keeps of a blob.</summary>
internal sealed class ContentDigest : IDisposable
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _sha256.AppendData(bytes);
        _md5.AppendData(bytes);
    }

    public (string Sha256, byte[] Md5) Finish() => (Convert.ToHexStringLower(_sha256.GetHashAndReset()), _md5.GetHashAndReset());

    public void Dispose()
    {
        _sha256.Dispose();
        _md5.Dispose();
    }
}
