using System.Text;

namespace LocalHost.Samples;

/// <summary>
/// Media files of a few kilobytes for the samples' links: pictures, videos and speech that any player can open. media/README.md says how they were
/// created.
/// </summary>
public static class SampleMedia
{
    /// <summary>
    /// Returns the content type and the content of the file at <paramref name="path"/>. The content has the path as a comment. So every file has a
    /// different hash, and a comparison of hashes detects a blob with another job's file.
    /// </summary>
    /// <exception cref="ArgumentException">No media exist with the path's extension.</exception>
    public static (string ContentType, byte[] Content) Create(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.GetExtension(path) switch
        {
            ".mp4" => ("video/mp4", MediaComment.AddToMp4(Read("video.mp4"), path)),
            ".webm" => ("video/webm", MediaComment.AddToWebM(Read("video.webm"), path)),
            ".mp3" => ("audio/mpeg", MediaComment.AddToMp3(Read("speech.mp3"), path)),
            ".png" => ("image/png", MediaComment.AddToPng(Read("picture.png"), path)),
            ".jpg" => ("image/jpeg", MediaComment.AddToJpeg(Read("picture.jpg"), path)),
            ".webp" => ("image/webp", MediaComment.AddToWebP(Read("picture.webp"), path)),
            ".jsonl" => ("application/jsonl", Lines(path)),
            var unknown => throw new ArgumentException($"No sample media have the extension '{unknown}'.", nameof(path)),
        };
    }

    private static byte[] Read(string name)
    {
        using var resource = typeof(SampleMedia).Assembly.GetManifestResourceStream($"media/{name}")!;
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }

    private static byte[] Lines(string path) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(line =>
        $$$"""{"key":"{{{path}}}/{{{line}}}","response":{"candidates":[{"content":{"parts":[{"text":"Answer {{{line}}}"}],"role":"model"}}]}}""" + "\n")));
}
