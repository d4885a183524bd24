using System.Security.Cryptography;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Factory of bytes that begin like media and depend on a seed.</summary>
internal static class SampleMedia
{
    /// <summary>Returns bytes that begin like an MP4 file.</summary>
    public static byte[] Mp4(int length, int seed = 1)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        new byte[] { 0, 0, 0, 0x18, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'i', (byte)'s', (byte)'o', (byte)'m' }.CopyTo(content, 0);
        return content;
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static byte[] Md5(byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        hash.AppendData(content);
        return hash.GetHashAndReset();
    }
}
