using System.Diagnostics.CodeAnalysis;
using WebhookFunctions.Model;

namespace WebhookFunctions.Downloading.Content;

/// <summary>Type of a body, determined by its first bytes and, if those do not identify it, by its declared type and its name.</summary>
/// <param name="MediaType">The media type, for the blob's content type.</param>
/// <param name="Extension">The extension with its dot, for the blob's name.</param>
public sealed record ContentKind(string MediaType, string Extension)
{
    /// <summary>How many first bytes are examined. Most formats have a signature in the first few, and an HTML page has its tags in the first
    /// lines.</summary>
    public const int SampleBytes = 1024;

    private const string Octets = "application/octet-stream";

    // Types that servers send if they do not know the type, or want a browser to save the file.
    private static readonly HashSet<string> Unspecific = new(StringComparer.Ordinal)
    {
        Octets, "binary/octet-stream", "application/x-binary", "application/binary", "application/force-download", "application/download",
        "application/x-download", "application/unknown", "application/x-unknown", "content/unknown", "multipart/form-data", "*/*",
    };

    /// <summary>
    /// Recognizes the type of a body, and whether it is plainly not what was expected (a page or a text instead of media). The bytes decide if they
    /// identify a type; then the declared type, if it is specific; then the file name's extension.
    /// </summary>
    /// <param name="expected">The kind of asset that the provider announced.</param>
    /// <param name="declared">The answer's media type in lower case; null if there is none.</param>
    /// <param name="encoding">The answer's content encoding; null if it has none. The content is decoded as far as possible.</param>
    /// <param name="start">The first bytes: <see cref="SampleBytes"/>, or all if there are fewer.</param>
    /// <param name="names">The file's names, including paths and links, the most reliable first.</param>
    public static ContentRecognition Recognize(
        AssetKind expected, string? declared, string? encoding, ReadOnlySpan<byte> start, IEnumerable<string>? names = null)
    {
        var extension = FileExtension.First(names ?? []);
        var sample = encoding is null ? start : ContentEncodings.Decode(encoding, start);
        if (FileSignatures.MediaType(sample) is { } found)
        {
            return Recognized(MoreSpecific(found, declared, MediaTypes.TypeOf(extension)), extension, isContainer: IsContainer(found));
        }

        var shape = encoding is not null && sample.IsEmpty ? TextShapes.Declared(declared) : TextShapes.Detect(sample);
        return shape switch
        {
            TextShape.None => Recognized(BinaryType(declared, extension), extension),
            TextShape.Svg when declared == "image/svg+xml" => Recognized(declared, extension),
            _ => Text(expected, shape, declared, extension, sample),
        };
    }

    private static ContentRecognition Text(AssetKind expected, TextShape shape, string? declared, string? extension, ReadOnlySpan<byte> sample)
    {
        var named = MediaTypes.TypeOf(extension);
        switch (expected, shape)
        {
            // An HTML file was expected only if the link names one. Error pages are declared as HTML too.
            case (AssetKind.AnyFile, TextShape.Html) when IsPage(named) && (IsPage(declared) || !IsSpecific(declared)):
                return Recognized(named, extension);
            case (_, TextShape.Html):
                return new ContentRecognition.Unexpected("an HTML page");
            case (AssetKind.AnyFile, _):
                return Recognized(
                    new[] { declared, named }.FirstOrDefault(MayBeMoreSpecific)
                        ?? (extension is not null && named is null ? "text/plain" : TextType(shape, declared, sample)),
                    extension,
                    isContainer: true);
            case (AssetKind.Document, TextShape.Json):
                return Recognized(TextType(shape, declared, sample), extension: null);
            case (AssetKind.Document, TextShape.Plain):
                return Recognized(MayBeMoreSpecific(declared) && declared!.StartsWith("text/", StringComparison.Ordinal) ? declared : "text/plain", extension);
            case (_, TextShape.Json):
                return new ContentRecognition.Unexpected("JSON") { IsProgress = JsonProgress.IsInProgress(sample) };
            case (_, TextShape.Plain):
                return new ContentRecognition.Unexpected("a text");
            default:
                return new ContentRecognition.Unexpected("XML");
        }
    }

    private static string TextType(TextShape shape, string? declared, ReadOnlySpan<byte> sample) => shape switch
    {
        TextShape.Json => IsLines(sample) || IsLinesType(declared) ? "application/jsonl" : "application/json",
        TextShape.Svg => "image/svg+xml",
        TextShape.Xml => "application/xml",
        _ => "text/plain",
    };

    // Returns the type of bytes that no text contains. A text type that is declared, or that the name implies, is then wrong.
    private static string? BinaryType(string? declared, string? extension)
    {
        if (IsSpecific(declared) && !IsTextType(declared) && (MediaTypes.ExtensionsOf(declared).Count > 0 || IsMedia(declared)))
        {
            return declared;
        }

        return MediaTypes.TypeOf(extension) is { } named && !IsTextType(named) ? named : null;
    }

    /// <param name="mediaType">The type; null if it is not known.</param>
    /// <param name="extension">The extension of the file's name.</param>
    /// <param name="isContainer">Whether the type names only the container, so that the file name may be more specific.</param>
    private static ContentRecognition.Recognized Recognized(string? mediaType, string? extension, bool isContainer = false)
    {
        var usual = MediaTypes.ExtensionsOf(mediaType);
        if (extension is not null && (usual.Contains(extension) || (MediaTypes.TypeOf(extension) is null && (usual.Count == 0 || isContainer))))
        {
            return new ContentRecognition.Recognized(new ContentKind(mediaType ?? Octets, "." + extension));
        }

        return new ContentRecognition.Recognized(new ContentKind(mediaType ?? Octets, usual.Count > 0 ? "." + usual[0] : ".bin"));
    }

    // Returns the most specific type. A container identifies audio or video at best, and an archive nothing. The declared type, if of the same
    // family, or the name may be more specific.
    private static string MoreSpecific(string found, string? declared, string? named) =>
        new[] { declared, named }.FirstOrDefault(specific => specific is not null && IsWithin(found, specific)) ?? found;

    private static bool IsWithin(string container, string specific) => (container, specific) switch
    {
        ("video/mp4", "audio/mp4" or "audio/x-m4a" or "video/quicktime" or "video/x-m4v" or "video/3gpp" or "video/3gpp2" or "image/heic" or "image/heif") => true,
        ("image/heic", "image/heif" or "image/heic-sequence" or "image/heif-sequence") => true,
        ("video/webm", "audio/webm") => true,
        ("video/x-matroska", "audio/x-matroska") => true,
        ("audio/ogg", "audio/opus" or "video/ogg") => true,
        ("image/tiff", "image/x-adobe-dng") => true,
        ("application/gzip", "application/x-gtar" or "application/x-tgz" or "application/x-compressed-tar") => true,
        ("application/zip", _) =>
            specific.EndsWith("+zip", StringComparison.Ordinal)
            || specific.StartsWith("application/vnd.openxmlformats-", StringComparison.Ordinal)
            || specific.StartsWith("application/vnd.oasis.", StringComparison.Ordinal)
            || specific is "model/3mf" or "application/java-archive" or "application/vnd.android.package-archive" or "application/vnd.ms-package.3dmanufacturing-3dmodel+xml",
        _ => false,
    };

    private static bool IsContainer(string mediaType) => mediaType is "application/zip" or "application/gzip" or "image/tiff";

    private static bool IsSpecific([NotNullWhen(true)] string? mediaType) => mediaType is { Length: <= 100 } && !Unspecific.Contains(mediaType);

    private static bool IsPage(string? mediaType) => TextShapes.Declared(mediaType) == TextShape.Html;

    private static bool IsTextType([NotNullWhen(true)] string? mediaType) =>
        IsSpecific(mediaType)
        && (TextShapes.Declared(mediaType) != TextShape.None || mediaType is "application/x-subrip" or "application/x-jsonlines")
        && MediaTypes.ExtensionsOf(mediaType).Count > 0;

    // Returns whether the declared type may be more specific than a text that is not a page. Most 3D models are sent as text or as unspecified bytes.
    private static bool MayBeMoreSpecific(string? mediaType) =>
        mediaType != "text/plain" && !IsPage(mediaType)
        && (IsTextType(mediaType) || (mediaType?.StartsWith("model/", StringComparison.Ordinal) == true && MediaTypes.ExtensionsOf(mediaType).Count > 0));

    private static bool IsMedia(string mediaType) =>
        mediaType.StartsWith("audio/", StringComparison.Ordinal)
        || mediaType.StartsWith("video/", StringComparison.Ordinal)
        || mediaType.StartsWith("image/", StringComparison.Ordinal);

    private static bool IsLinesType(string? mediaType) => mediaType is "application/jsonl" or "application/x-ndjson" or "application/x-jsonlines";

    // Returns whether there is one JSON object on the first line and another on the second.
    private static bool IsLines(ReadOnlySpan<byte> start)
    {
        var end = start.IndexOf("}\n"u8);
        return end > 0 && start[(end + 2)..].TrimStart(" \r\n\t"u8).StartsWith("{"u8);
    }
}
