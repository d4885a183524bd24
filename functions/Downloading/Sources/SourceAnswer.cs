using System.Net;
using System.Net.Http.Headers;
using System.Text;
using WebhookFunctions.Downloading.Content;

namespace WebhookFunctions.Downloading.Sources;

/// <summary>A source's answer with an asset's bytes: its headers, and its body, which is yet to be read.</summary>
public sealed class SourceAnswer(HttpResponseMessage response, long offset) : IDisposable
{
    private const int MaxValidatorLength = 256;

    private const int Md5Bytes = 16;

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
        // Hex is base64 too, of 24 bytes that are no MD5.
        : Headers.ContentMD5 is { Length: Md5Bytes } declared ? declared
        : (Header("x-goog-stored-content-encoding") is null or "identity"
            && Header("x-goog-hash")?.Split(',', StringSplitOptions.TrimEntries).FirstOrDefault(hash => hash.StartsWith("md5=", StringComparison.Ordinal)) is { } md5
            ? Decode(md5[4..])
            : null);

    /// <summary>The media type without parameters, in lower case; null where there is none.</summary>
    public string? MediaType => Headers.ContentType?.MediaType?.ToLowerInvariant();

    /// <summary>
    /// How the body is compressed, in which form it is stored; null where it is not. What compresses nothing (<c>identity</c>, <c>aws-chunked</c>,
    /// <c>utf-8</c>, <c>binary</c>), which some servers send, is no encoding: browsers refuse a blob that carries one they do not know.
    /// </summary>
    public string? Encoding =>
        string.Join(", ", Headers.ContentEncoding.Select(ContentEncodings.Normalize).OfType<string>()) is { Length: > 0 } encoding ? encoding : null;

    /// <summary>The names by which the file goes: its own by the source's word, then that of the link, then that of the address that answered.</summary>
    public IEnumerable<string> FileNames(string link) => new[] { DeclaredName(), link, response.RequestMessage?.RequestUri?.AbsolutePath }.OfType<string>();

    public Task<Stream> ReadAsync(CancellationToken cancellationToken) => response.Content.ReadAsStreamAsync(cancellationToken);

    public void Dispose() => response.Dispose();

    private string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    // Lenient: a name that is malformed is no reason to refuse the file.
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
