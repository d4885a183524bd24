using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace WebhookFunctions.Model;

/// <summary>Text for columns that people read, bounded and without tokens.</summary>
internal static partial class BoundedText
{
    // The default limit, in characters. Azure Tables holds 32 Ki characters in a column and 1 MiB in a row.
    private const int DefaultLength = 2048;

    // How much of a text is searched for links, as a multiple of what is kept. A provider may send a megabyte, of which the column keeps the
    // beginning.
    private const int SearchedMultiple = 4;

    /// <summary>Returns the text well-formed and cut to <paramref name="longest"/> characters (2,048 by default). The raw event holds the
    /// rest.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Shorten(string? text, int longest = DefaultLength)
    {
        if (text is null)
        {
            return null;
        }

        var wellFormed = KeyEncoding.WellFormed(text);
        return wellFormed.Length <= longest ? wellFormed : KeyEncoding.WellFormed(wellFormed[..(longest - 1)]) + "…";
    }

    /// <summary>
    /// Does the same as <see cref="Shorten"/> for a provider's text, which may quote a link. Removes queries, fragments and user information, which may
    /// contain signatures and tokens.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? WithoutTokens(string? text, int longest = DefaultLength)
    {
        if (text is null)
        {
            return null;
        }

        var searched = text.Length <= SearchedMultiple * longest ? text : text[..(SearchedMultiple * longest)];
        searched = UserInformation().Replace(searched, "$1");
        searched = LinkQuery().Replace(searched, "$1?…");
        return Shorten(Query().Replace(searched, "?…"), longest);
    }

    // Links occur in texts literally, percent-encoded, or escaped by JSON. The removed part extends to the next space, quotation mark or angle
    // bracket. A backslash and the character after it count as one, so that the end of a JSON string within a JSON string does not end it.
    [GeneratedRegex(
        """((?::|%3[Aa])(?://|\\/\\/|%2[Ff]%2[Ff])[^\s"<>?#]*?)(?:[?#]|%3[Ff]|%23|\\u003[Ff]|\\u0023)(?:\\[^\s]|[^\s"<>\\])*""",
        RegexOptions.CultureInvariant)]
    private static partial Regex LinkQuery();

    // A query without a scheme before it: the question mark is followed by a name and an equals sign.
    [GeneratedRegex(
        """(?<=[^\s"<>])(?:\?|%3[Ff]|\\u003[Ff])(?=[\w.~%\[\]-]+(?:=|%3[Dd]|\\u003[Dd]))(?:\\[^\s]|[^\s"<>\\])*""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Query();

    [GeneratedRegex("""((?::|%3[Aa])(?://|\\/\\/|%2[Ff]%2[Ff]))[^\s"<>/?#\\]*(?:@|%40)""", RegexOptions.CultureInvariant)]
    private static partial Regex UserInformation();
}
