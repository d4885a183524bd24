using LocalHost.Hosting;
using WebhookFunctions.Providers;

namespace LocalHost.Generation;

/// <summary>Part of a file that is generated from the cards of the providers.</summary>
/// <param name="File">The file's path in the repository.</param>
/// <param name="After">The line before the region, without the white space around it.</param>
/// <param name="Before">The beginning of the line after the region, without leading white space.</param>
/// <param name="Write">Writes the region's lines, without indentation.</param>
internal sealed record GeneratedRegion(string File, string After, string Before, Func<IReadOnlyList<ProviderCard>, IEnumerable<string>> Write)
{
    /// <summary>Gets whether each line but the last ends with a comma, as in JSON. The default value is false.</summary>
    public bool IsJsonEnd { get; init; }

    /// <summary>Returns a file's text with this region generated from the cards.</summary>
    /// <param name="text">The text of the file.</param>
    /// <param name="cards">The cards.</param>
    /// <exception cref="LocalHostException">The file has no such region.</exception>
    public string Apply(string text, IReadOnlyList<ProviderCard> cards)
    {
        var (lines, first, end) = Find(text);
        var indent = lines[first - 1][..^lines[first - 1].TrimStart().Length];
        var written = Write(cards).Select(line => line.Length == 0 ? line : indent + line).ToList();
        if (IsJsonEnd)
        {
            written = [.. written.Select((line, i) => i < written.Count - 1 ? line + "," : line)];
        }

        return string.Join('\n', [.. lines[..first], .. written, .. lines[end..]]);
    }

    /// <summary>Returns a file's text without the lines of this region.</summary>
    /// <param name="text">The text of the file.</param>
    /// <exception cref="LocalHostException">The file has no such region.</exception>
    public string Without(string text)
    {
        var (lines, first, end) = Find(text);
        return string.Join('\n', [.. lines[..first], .. lines[end..]]);
    }

    private (string[] Lines, int First, int End) Find(string text)
    {
        // A checkout on Windows may have CRLF line endings.
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var first = Array.FindIndex(lines, line => line.Trim() == After) + 1;
        var end = first == 0 ? -1 : Array.FindIndex(lines, first, line => line.Trim().StartsWith(Before, StringComparison.Ordinal));
        return end >= 0 ? (lines, first, end) : throw new LocalHostException($"{File} has no region between '{After}' and '{Before}'.");
    }
}
