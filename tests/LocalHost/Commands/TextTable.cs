using System.Globalization;
using System.Text;

namespace LocalHost.Commands;

/// <summary>Table for a terminal with lines of at most 80 characters. Cells are not wrapped: longer text is cut and ends with an ellipsis.</summary>
internal sealed class TextTable
{
    /// <summary>The maximum length of a line, in characters.</summary>
    public const int Width = 80;

    private const string Gap = "  ";

    private readonly List<string[]> _rows = [];
    private readonly int[] _maxWidths;

    /// <param name="columns">The headings of the columns, and the maximum width of each, in characters. Together with the gaps they fit into a
    /// line.</param>
    public TextTable(params (string Head, int MaxWidth)[] columns)
    {
        _maxWidths = [.. columns.Select(column => column.MaxWidth)];
        Add([.. columns.Select(column => column.Head)]);
    }

    /// <summary>Gets the number of rows, without the headings.</summary>
    public int Count => _rows.Count - 1;

    /// <summary>Adds a row; null is shown as a hyphen.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select((cell, i) => Cut(cell ?? "-", _maxWidths[i]))]);

    public override string ToString()
    {
        var widths = _maxWidths.Select((_, i) => _rows.Max(row => row[i].Length)).ToList();
        var lines = _rows.Select(row => string.Join(Gap, row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        return string.Join(Environment.NewLine, lines);
    }

    /// <summary>Returns a text as one line of at most that many characters.</summary>
    public static string Cut(string text, int maxLength)
    {
        // A sender's text may contain line breaks and control sequences for a terminal.
        var line = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            line.Append(char.IsControl(character) ? ' ' : character);
        }

        return line.Length <= maxLength ? line.ToString() : $"{line.ToString(0, maxLength - 1)}…";
    }

    /// <summary>Returns a number of bytes in the largest unit in which it is at least one.</summary>
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

    /// <summary>Returns a time in UTC to the second; a hyphen for null.</summary>
    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "-";
}
