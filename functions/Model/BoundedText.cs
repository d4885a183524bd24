using System.Diagnostics.CodeAnalysis;

namespace WebhookFunctions.Model;

/// <summary>Text for a column that people read.</summary>
internal static class Text
{
    // Azure Tables holds 32 Ki characters in a column and 1 MiB in a row.
    private const int Longest = 2048;

    /// <summary>Well-formed and at most 2,048 characters; the raw event has the rest.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Bounded(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var wellFormed = KeyEncoding.WellFormed(text);
        return wellFormed.Length <= Longest ? wellFormed : KeyEncoding.WellFormed(wellFormed[..(Longest - 1)]) + "…";
    }
}
