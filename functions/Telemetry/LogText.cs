using System.Globalization;
using System.Text;
using WebhookFunctions.Model;

namespace WebhookFunctions.Telemetry;

/// <summary>Sanitizer of text from other systems for a log line: ids and descriptions that a sender may have chosen.</summary>
public static class LogText
{
    /// <summary>
    /// Returns <paramref name="text"/> on one line, without links' queries and user information, at most <paramref name="longest"/> characters; "-" for null.
    /// </summary>
    public static string Clean(string? text, int longest = 100)
    {
        if (text is null)
        {
            return "-";
        }

        var line = new StringBuilder();
        foreach (var character in BoundedText.WithoutTokens(text, longest))
        {
            line.Append(IsSafeInLine(character) ? character : ' ');
        }

        return line.ToString();
    }

    // Returns whether a character may be in a log line. A line break would forge a second entry, and a change of direction would alter how the text
    // is displayed.
    private static bool IsSafeInLine(char character) => char.GetUnicodeCategory(character) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
