using System.Globalization;

namespace LocalHost.Commands;

/// <summary>Progress line of a wait: overwritten on a terminal; elsewhere a new line for each change.</summary>
internal sealed class ProgressLine(TextWriter output, bool isTerminal)
{
    private string _shown = "";

    /// <summary>Shows what is awaited, and on a terminal for how long.</summary>
    public void Show(string what, TimeSpan elapsed)
    {
        if (isTerminal)
        {
            var line = string.Create(CultureInfo.InvariantCulture, $"{what} ({elapsed.TotalSeconds:0} s)");
            output.Write($"\r{line.PadRight(_shown.Length)}");
            _shown = line;
        }
        else if (what != _shown)
        {
            output.WriteLine(what);
            _shown = what;
        }
    }

    /// <summary>Removes the line, if it can be overwritten.</summary>
    public void Clear()
    {
        if (isTerminal)
        {
            output.Write($"\r{new string(' ', _shown.Length)}\r");
        }
    }
}
