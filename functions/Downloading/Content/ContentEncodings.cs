using System.IO.Compression;

namespace WebhookFunctions.Downloading.Content;

/// <summary>Content codings that compress (RFC 9110, 8.4.1; RFC 7932; RFC 8878), and their decoding.</summary>
internal static class ContentEncodings
{
    /// <summary>Returns the coding's registered name; null if it does not compress.</summary>
    public static string? Normalize(string coding) => coding.Trim().ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => "gzip",
        "br" => "br",
        "deflate" => "deflate",
        "zstd" => "zstd",
        _ => null,
    };

    /// <summary>
    /// Decodes the first bytes of a body: as many as <paramref name="start"/> yields, and at most <see cref="ContentKind.SampleBytes"/>. Returns an
    /// empty array if the coding cannot be decoded (<c>zstd</c>) or the bytes do not have it.
    /// </summary>
    /// <param name="encoding">One or more codings by their registered names, in the order in which they were applied.</param>
    /// <param name="start">The first bytes.</param>
    public static byte[] Decode(string encoding, ReadOnlySpan<byte> start)
    {
        var bytes = start.ToArray();
        foreach (var coding in encoding.Split(", ").Reverse())
        {
            bytes = DecodeOne(coding, bytes);
        }

        return bytes;
    }

    private static byte[] DecodeOne(string coding, byte[] start)
    {
        using var packed = new MemoryStream(start);
        using Stream? unpacked = coding switch
        {
            "gzip" => new GZipStream(packed, CompressionMode.Decompress),
            // "deflate" is zlib's format (RFC 9110, 8.4.1.2), whose first byte has 8 in its low four bits. Some servers send raw deflate instead.
            "deflate" => start is [var method, ..] && (method & 0x0F) == 8
                ? new ZLibStream(packed, CompressionMode.Decompress)
                : new DeflateStream(packed, CompressionMode.Decompress),
            "br" => new BrotliStream(packed, CompressionMode.Decompress),
            _ => null,
        };
        var decoded = new byte[ContentKind.SampleBytes];
        var length = 0;
        try
        {
            for (int read; unpacked is not null && (read = unpacked.Read(decoded, length, decoded.Length - length)) > 0;)
            {
                length += read;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or IOException)
        {
            // The sample is cut off within the stream, or is not such a stream. The bytes decoded so far are used.
        }

        return decoded[..length];
    }
}
