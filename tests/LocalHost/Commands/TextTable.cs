using System.Globalization;
using System.Text;

namespace LocalHost.Commands;

/// <summary>A table for a terminal: no line is longer than 80 characters, and no cell is broken. What does not fit is cut, and ends with an ellipsis.</summary>
internal sealed class TextTable
{
    /// <summary>No line is longer, in characters.</summary>
    public const int Width = 80;

    private const string Gap = "  ";

    private readonly List<string[]> _rows = [];
    private readonly int[] _longest;

    /// <param name="columns">The heads of the columns, and how wide each may be, in characters. They fit into a line with the gaps between them.</param>
    public TextTable(params (string Head, int Longest)[] columns)
    {
        _longest = [.. columns.Select(column => column.Longest)];
        Add([.. columns.Select(column => column.Head)]);
    }

    /// <summary>How many rows there are, the heads left out.</summary>
    public int Count => _rows.Count - 1;

    /// <summary>Adds a row; what is null is shown as a hyphen.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select((cell, i) => Cut(cell ?? "-", _longest[i]))]);

    public override string ToString()
    {
        var widths = _longest.Select((_, i) => _rows.Max(row => row[i].Length)).ToList();
        var lines = _rows.Select(row => string.Join(Gap, row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        return string.Join(Environment.NewLine, lines);
    }

    /// <summary>Returns a text as one line of at most so many characters.</summary>
    public static string Cut(string text, int longest)
    {
        // What a sender chose may hold line breaks and what a terminal takes for commands.
        var line = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            line.Append(char.IsControl(character) ? ' ' : character);
        }

        return line.Length <= longest ? line.ToString() : $"{line.ToString(0, longest - 1)}…";
    }

    /// <summary>Returns a number of bytes in the largest unit that leaves a whole one.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB"];
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1024 && unit < units.Length - 1; unit++)
        {
            value /= 1024;
        }

        return unit == 0 ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B") : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {units[unit]}");
    }

    /// <summary>Returns a time in UTC to the second; a hyphen where there is none.</summary>
    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "-";
}
