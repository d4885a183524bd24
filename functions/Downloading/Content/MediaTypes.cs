namespace WebhookFunctions.Downloading.Content;

/// <summary>
/// Table of media types and file extensions, from <c>media-types.tsv</c>, which is generated from mime-db. The few names that providers use
/// differently take precedence.
/// </summary>
internal static class MediaTypes
{
    private const string Table = "media-types.tsv";

    // Names that the table lacks, and the usual extension of types whose first one in the table is unusual (.mpga, .qt).
    private static readonly (string Type, string Extension)[] Preferred =
    [
        ("application/jsonl", "jsonl"),
        ("application/x-ndjson", "jsonl"),
        ("application/x-jsonlines", "jsonl"),
        ("audio/mpeg", "mp3"),
        ("audio/mp3", "mp3"),
        ("audio/ogg", "ogg"),
        ("audio/opus", "opus"),
        ("audio/flac", "flac"),
        ("audio/aac", "aac"),
        ("audio/aiff", "aiff"),
        ("audio/l16", "pcm"),
        ("audio/pcm", "pcm"),
        ("audio/webm", "weba"),
        ("image/heic", "heic"),
        ("image/jpeg", "jpg"),
        ("image/jpg", "jpg"),
        ("image/tiff", "tiff"),
        ("text/plain", "txt"),
        ("video/mp2t", "ts"),
        ("video/mpeg", "mpg"),
        ("video/quicktime", "mov"),
        ("video/x-matroska", "mkv"),
    ];

    private static readonly Dictionary<string, string[]> Extensions = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal);

    static MediaTypes()
    {
        foreach (var (type, extension) in Preferred)
        {
            Extensions.TryAdd(type, [extension]);
            Types.TryAdd(extension, type);
        }

        using var table = typeof(MediaTypes).Assembly.GetManifestResourceStream(Table)!;
        using var reader = new StreamReader(table);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#' && line.Split('\t') is [var type, var listed])
            {
                var extensions = listed.Split(' ');
                Extensions[type] = Extensions.TryGetValue(type, out var preferred) ? [.. preferred.Union(extensions)] : extensions;
                foreach (var extension in extensions)
                {
                    Types.TryAdd(extension, type);
                }
            }
        }
    }

    /// <summary>Returns the extensions of a media type, the usual one first; empty if the type is unknown.</summary>
    public static IReadOnlyList<string> ExtensionsOf(string? type) => type is not null && Extensions.TryGetValue(type, out var found) ? found : [];

    /// <summary>Returns the media type of an extension; null if it is unknown, or stands for unspecified bytes.</summary>
    public static string? TypeOf(string? extension) => extension is not null && Types.TryGetValue(extension, out var type) ? type : null;
}
