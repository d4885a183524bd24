using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace WebhookFunctions.Downloading.Sources;

/// <summary>A source's answer with an asset's bytes: its headers, and its body, which is yet to be read.</summary>
public sealed class SourceAnswer(HttpResponseMessage response, long offset) : IDisposable
{
    private const int MaxValidatorLength = 256;

    private HttpContentHeaders Headers => response.Content.Headers;

    /// <summary>From which byte of the asset on the body goes.</summary>
    public long Offset { get; } = offset;

    /// <summary>The length of the whole asset; null where the source does not say.</summary>
    public long? TotalBytes => response.StatusCode == HttpStatusCode.PartialContent ? Headers.ContentRange?.Length : Headers.ContentLength;

    /// <summary>
    /// The strong validator with which the source can be asked for the rest of this very asset; null where it cannot be.
    /// A weak one (<c>W/</c>) vouches for the meaning and not for the bytes; one beyond ASCII cannot be sent back.
    /// </summary>
    public string? Validator =>
        response.Headers.ETag is { IsWeak: false, Tag: { Length: <= MaxValidatorLength } tag } && Ascii.IsValid(tag) && !response.Headers.AcceptRanges.Contains("none")
            ? tag
            : null;

    /// <summary>
    /// The MD5 of the whole asset, by the source's word; null where it says nothing. Of a part, nobody says what such a header is of; and Cloud Storage
    /// tells the hash of what it keeps, which is not what it sends where it decompresses.
    /// </summary>
    public byte[]? Md5 =>
        response.StatusCode != HttpStatusCode.OK ? null
        : Headers.ContentMD5
        ?? (Header("x-goog-stored-content-encoding") is null or "identity"
            && Header("x-goog-hash")?.Split(',', StringSplitOptions.TrimEntries).FirstOrDefault(hash => hash.StartsWith("md5=", StringComparison.Ordinal)) is { } md5
            ? Decode(md5[4..])
            : null);

    /// <summary>The media type without parameters, in lower case; null where there is none.</summary>
    public string? MediaType => Headers.ContentType?.MediaType?.ToLowerInvariant();

    /// <summary>How the body is encoded, in which form it is stored; null where it is not. <c>identity</c>, which some servers send, is no encoding.</summary>
    public string? Encoding =>
        string.Join(", ", Headers.ContentEncoding.Where(coding => !coding.Equals("identity", StringComparison.OrdinalIgnoreCase))) is { Length: > 0 } encoding
            ? encoding
            : null;

    public Task<Stream> ReadAsync(CancellationToken cancellationToken) => response.Content.ReadAsStreamAsync(cancellationToken);

    public void Dispose() => response.Dispose();

    private string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    private static byte[]? Decode(string base64)
    {
        var md5 = new byte[16];
        return Convert.TryFromBase64String(base64, md5, out var length) && length == md5.Length ? md5 : null;
    }
}
