using System.Text;

namespace LocalHost.Samples;

/// <summary>Files for the samples' links: each begins as its kind does, and its content follows from its path, so that no two are alike.</summary>
public static class SampleMedia
{
    private const int Kilobyte = 1024;

    /// <summary>The content type and the content of the file at <paramref name="path"/>.</summary>
    public static (string ContentType, byte[] Content) Create(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.GetExtension(path) switch
        {
            ".mp4" => ("video/mp4", Filled(path, 6 * Kilobyte * Kilobyte, "\0\0\0\u0018ftypisom\0\0\u0002\0isommp42\0\0\0\0mdat")),
            ".webm" => ("video/webm", Filled(path, 200 * Kilobyte, "\u001a\u0045\u00df\u00a3\u0093\u0042\u0082\u0084webm")),
            ".mp3" => ("audio/mpeg", Filled(path, 400 * Kilobyte, "ID3\u0004\0\0\0\0\0\0\u00ff\u00fb\u0090\0")),
            ".png" => ("image/png", Filled(path, 900 * Kilobyte, "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR")),
            ".jpg" => ("image/jpeg", Filled(path, 60 * Kilobyte, "\u00ff\u00d8\u00ff\u00e0\0\u0010JFIF\0")),
            ".jsonl" => ("application/jsonl", Lines(path)),
            var unknown => throw new ArgumentException($"There is no sample of a '{unknown}' file.", nameof(path)),
        };
    }

    private static byte[] Filled(string path, int size, string beginning)
    {
        var content = new byte[size];
        new Random(Seed(path)).NextBytes(content);
        Encoding.Latin1.GetBytes(beginning).CopyTo(content, 0);
        return content;
    }

    private static byte[] Lines(string path) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(line =>
        $$$"""{"key":"{{{path}}}/{{{line}}}","response":{"candidates":[{"content":{"parts":[{"text":"Answer {{{line}}}"}],"role":"model"}}]}}""" + "\n")));

    // string.GetHashCode differs from process to process.
    private static int Seed(string path) => path.Aggregate(17, (seed, character) => unchecked((seed * 31) + character));
}
