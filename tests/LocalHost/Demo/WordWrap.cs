namespace LocalHost.Demo;

/// <summary>Wrapper that breaks text into lines between words, and a word that is longer than a line after a slash.</summary>
internal static class WordWrap
{
    private static readonly string[] Breaks = ["/", "%2F"];

    /// <summary>Returns the lines of <paramref name="text"/>, none longer than <paramref name="width"/> unless one piece of it is.</summary>
    /// <param name="text">The text. Line breaks and other control characters, which a sender may have chosen, become spaces.</param>
    /// <param name="width">The maximum length of a line, in characters.</param>
    /// <param name="hanging">The indentation of all lines but the first, in spaces.</param>
    public static IReadOnlyList<string> Lines(string text, int width, int hanging = 0)
    {
        var lines = new List<string> { "" };
        var clean = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
        foreach (var word in clean.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var gap = IsEmpty(lines[^1]) ? "" : " ";
            if (lines[^1].Length + gap.Length + word.Length <= width)
            {
                lines[^1] += gap + word;
                continue;
            }

            if (gap.Length > 0)
            {
                lines.Add(new string(' ', hanging));
            }

            foreach (var piece in lines[^1].Length + word.Length <= width ? [word] : Pieces(word))
            {
                if (!IsEmpty(lines[^1]) && lines[^1].Length + piece.Length > width)
                {
                    lines.Add(new string(' ', hanging));
                }

                lines[^1] += piece;
            }
        }

        return lines;
    }

    private static bool IsEmpty(string line) => line.AsSpan().Trim(' ').IsEmpty;

    private static IEnumerable<string> Pieces(string word)
    {
        while (word.Length > 0)
        {
            var end = Breaks
                .Select(each => (At: word.IndexOf(each, StringComparison.Ordinal), each.Length))
                .Where(each => each.At >= 0)
                .Select(each => each.At + each.Length)
                .DefaultIfEmpty(word.Length)
                .Min();
            yield return word[..end];
            word = word[end..];
        }
    }
}
