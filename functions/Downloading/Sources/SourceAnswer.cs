using System.Net;
using System.Net.Http.Headers;
using System.Text;
using WebhookFunctions.Downloading.Content;

namespace WebhookFunctions.Downloading.Sources;

/// <summary>Answer of a source with an asset's bytes that holds its headers and its unread body.</summary>
public sealed class SourceAnswer(HttpResponseMessage response, long offset) : IDisposable
{
    private const int MaxValidatorLength = 256;

    private const int Md5Bytes = 16;

    private HttpContentHeaders Headers => response.Content.Headers;

    /// <summary>The offset in the asset at which the body begins.</summary>
    public long Offset { get; } = offset;

    /// <summary>The length of the whole asset; null if the source does not declare it.</summary>
    public long? TotalBytes => response.StatusCode == HttpStatusCode.PartialContent ? Headers.ContentRange?.Length : Headers.ContentLength;

    /// <summary>
    /// The strong validator with which the rest of the same content can be requested; null if there is none. A weak one (<c>W/</c>) does not
    /// guarantee equal bytes, and one beyond ASCII cannot be sent.
    /// </summary>
    public string? Validator =>
        response.Headers.ETag is { IsWeak: false, Tag: { Length: <= MaxValidatorLength } tag } && Ascii.IsValid(tag) && !response.Headers.AcceptRanges.Contains("none")
            ? tag
            : null;

    /// <summary>
    /// The MD5 of the whole asset that the source declared; null if it declared none. In a partial answer it is unclear what the header covers.
    /// Cloud Storage declares the hash of the stored form, which differs from the sent form if it decompresses.
    /// </summary>
    public byte[]? Md5 =>
        response.StatusCode != HttpStatusCode.OK ? null
        // An MD5 in hex also decodes as base64, to 24 bytes that are not an MD5.
        : Headers.ContentMD5 is { Length: Md5Bytes } declared ? declared
        : (Header("x-goog-stored-content-encoding") is null or "identity"
            && Header("x-goog-hash")?.Split(',', StringSplitOptions.TrimEntries).FirstOrDefault(hash => hash.StartsWith("md5=", StringComparison.Ordinal)) is { } md5
            ? Decode(md5[4..])
            : null);

    /// <summary>The media type without parameters, in lower case; null if there is none.</summary>
    public string? MediaType => Headers.ContentType?.MediaType?.ToLowerInvariant();

    /// <summary>
    /// The body's compression, in which form it is stored; null if there is none. Some servers send values that do not compress (<c>identity</c>,
    /// <c>aws-chunked</c>, <c>utf-8</c>, <c>binary</c>). They are dropped, because browsers refuse a blob with an encoding that they do not know.
    /// </summary>
    public string? Encoding =>
        string.Join(", ", Headers.ContentEncoding.Select(ContentEncodings.Normalize).OfType<string>()) is { Length: > 0 } encoding ? encoding : null;

    /// <summary>Returns the file's possible names: the one that the source declares, then that of the link, then that of the address that
    /// answered.</summary>
    public IEnumerable<string> FileNames(string link) => new[] { DeclaredName(), link, response.RequestMessage?.RequestUri?.AbsolutePath }.OfType<string>();

    public Task<Stream> ReadAsync(CancellationToken cancellationToken) => response.Content.ReadAsStreamAsync(cancellationToken);

    public void Dispose() => response.Dispose();

    private string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    // Parsed leniently: a malformed name is no reason to refuse the file.
    private string? DeclaredName() =>
        Headers.TryGetValues("Content-Disposition", out var values)
        && ContentDispositionHeaderValue.TryParse(string.Join(';', values), out var disposition)
            ? (disposition.FileNameStar ?? disposition.FileName)?.Trim('"')
            : null;

    private static byte[]? Decode(string base64)
    {
        var md5 = new byte[Md5Bytes];
        return Convert.TryFromBase64String(base64, md5, out var length) && length == md5.Length ? md5 : null;
    }
}
