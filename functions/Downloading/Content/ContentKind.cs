using WebhookFunctions.Model;

namespace WebhookFunctions.Downloading.Content;

/// <summary>What a body is, by its first bytes and, where those do not tell, by its declared type.</summary>
/// <param name="MediaType">For the blob's content type.</param>
/// <param name="Extension">For the blob's name, with its dot.</param>
public sealed record ContentKind(string MediaType, string Extension)
{
    /// <summary>How many first bytes are looked at: formats announce themselves within the first few, a page within its first lines.</summary>
    public const int SampleBytes = 1024;

    private const string Octets = "application/octet-stream";

    private static readonly Dictionary<string, string> Extensions = new(StringComparer.Ordinal)
    {
        ["application/gzip"] = ".gz",
        ["application/json"] = ".json",
        ["application/jsonl"] = ".jsonl",
        ["application/pdf"] = ".pdf",
        ["application/x-ndjson"] = ".jsonl",
        ["application/zip"] = ".zip",
        ["audio/aac"] = ".aac",
        ["audio/aiff"] = ".aiff",
        ["audio/amr"] = ".amr",
        ["audio/basic"] = ".au",
        ["audio/flac"] = ".flac",
        ["audio/l16"] = ".pcm",
        ["audio/mp3"] = ".mp3",
        ["audio/mp4"] = ".m4a",
        ["audio/mpeg"] = ".mp3",
        ["audio/ogg"] = ".ogg",
        ["audio/opus"] = ".opus",
        ["audio/pcm"] = ".pcm",
        ["audio/wav"] = ".wav",
        ["audio/wave"] = ".wav",
        ["audio/webm"] = ".weba",
        ["audio/x-m4a"] = ".m4a",
        ["audio/x-wav"] = ".wav",
        ["image/avif"] = ".avif",
        ["image/bmp"] = ".bmp",
        ["image/gif"] = ".gif",
        ["image/heic"] = ".heic",
        ["image/jpeg"] = ".jpg",
        ["image/jpg"] = ".jpg",
        ["image/png"] = ".png",
        ["image/svg+xml"] = ".svg",
        ["image/tiff"] = ".tiff",
        ["image/webp"] = ".webp",
        ["text/csv"] = ".csv",
        ["text/plain"] = ".txt",
        ["video/mp2t"] = ".ts",
        ["video/mp4"] = ".mp4",
        ["video/mpeg"] = ".mpg",
        ["video/ogg"] = ".ogv",
        ["video/quicktime"] = ".mov",
        ["video/webm"] = ".webm",
        ["video/x-matroska"] = ".mkv",
        ["video/x-msvideo"] = ".avi",
    };

    /// <summary>
    /// Recognizes what the body is, and whether it plainly is not what is expected (a page or a text in place of media).
    /// </summary>
    /// <param name="expected">What was promised.</param>
    /// <param name="declared">The answer's media type in lower case; null where there is none.</param>
    /// <param name="encoding">The answer's content encoding, null where it has none. Encoded bytes tell nothing: the declared type alone decides.</param>
    /// <param name="start">The first bytes: <see cref="SampleBytes"/>, or all there are.</param>
    public static ContentRecognition Recognize(AssetKind expected, string? declared, string? encoding, ReadOnlySpan<byte> start)
    {
        if (encoding is null && FileSignatures.MediaType(start) is { } found)
        {
            return Recognized(Closer(found, declared));
        }

        return (encoding is null ? TextShapes.Of(start) : TextShapes.Declared(declared), expected) switch
        {
            (TextShape.None, _) => Recognized(TextShapes.Declared(declared) == TextShape.None ? declared : null),
            (TextShape.Svg, _) when declared == "image/svg+xml" => Recognized(declared),
            (TextShape.Html, _) => new ContentRecognition.Unexpected("an HTML page"),
            (TextShape.Json, AssetKind.Document) => Recognized(IsLines(start) || IsLinesType(declared) ? "application/jsonl" : "application/json"),
            (TextShape.Plain, AssetKind.Document) => Recognized("text/plain"),
            (TextShape.Json, _) => new ContentRecognition.Unexpected("JSON"),
            (TextShape.Plain, _) => new ContentRecognition.Unexpected("a text"),
            _ => new ContentRecognition.Unexpected("XML"),
        };
    }

    private static ContentRecognition.Recognized Recognized(string? mediaType) => new(
        mediaType is not null && Extensions.TryGetValue(mediaType, out var extension) ? new ContentKind(mediaType, extension)
        : new ContentKind(IsMedia(mediaType) ? mediaType! : Octets, ".bin"));

    // A container says audio or video at best; a declared type of the same family may say more (audio/mp4, video/quicktime, audio/opus).
    private static string Closer(string found, string? declared) => (found, declared) switch
    {
        ("video/mp4", "audio/mp4" or "audio/x-m4a" or "video/quicktime") => declared,
        ("video/webm", "audio/webm") => declared,
        ("audio/ogg", "audio/opus" or "video/ogg") => declared,
        _ => found,
    };

    private static bool IsMedia(string? mediaType) =>
        mediaType is not null
        && mediaType.Length <= 100
        && (mediaType.StartsWith("audio/", StringComparison.Ordinal)
            || mediaType.StartsWith("video/", StringComparison.Ordinal)
            || mediaType.StartsWith("image/", StringComparison.Ordinal));

    private static bool IsLinesType(string? mediaType) => mediaType is "application/jsonl" or "application/x-ndjson" or "application/x-jsonlines";

    // One object on the first line and another on the second.
    private static bool IsLines(ReadOnlySpan<byte> start)
    {
        var end = start.IndexOf("}\n"u8);
        return end > 0 && start[(end + 2)..].TrimStart(" \r\n\t"u8).StartsWith("{"u8);
    }
}
