using System.Globalization;

namespace LocalHost.Commands;

/// <summary>Progress line of a wait, which is overwritten on a terminal. Elsewhere each change is a new line.</summary>
internal sealed class ProgressLine(TextWriter output, bool isTerminal)
{
    private string _shown = "";

    /// <summary>Shows a state, and on a terminal also how long the wait has lasted.</summary>
    public void Show(string state, TimeSpan elapsed)
    {
        if (isTerminal)
        {
            var line = string.Create(CultureInfo.InvariantCulture, $"{state} ({elapsed.TotalSeconds:0} s)");
            output.Write($"\r{line.PadRight(_shown.Length)}");
            _shown = line;
        }
        else if (state != _shown)
        {
            output.WriteLine(state);
            _shown = state;
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
