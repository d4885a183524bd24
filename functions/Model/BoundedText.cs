using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace WebhookFunctions.Model;

/// <summary>Text for a column that people read.</summary>
internal static partial class BoundedText
{
    // Azure Tables holds 32 Ki characters in a column and 1 MiB in a row.
    private const int Longest = 2048;

    // How much is searched for links, in lengths of what is kept: a provider may send a megabyte, of which the column keeps its beginning.
    private const int LongestSearched = 4;

    /// <summary>Well-formed and at most <paramref name="longest"/> characters, 2,048 unless given; the raw event has the rest.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text, int longest = Longest)
    {
        if (text is null)
        {
            return null;
        }

        var wellFormed = KeyEncoding.WellFormed(text);
        return wellFormed.Length <= longest ? wellFormed : KeyEncoding.WellFormed(wellFormed[..(longest - 1)]) + "…";
    }

    /// <summary>
    /// As <see cref="Of"/>, for the words of a provider, which may quote a link: queries, fragments and user information are left out,
    /// because signatures and tokens stand there.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? WithoutTokens(string? text, int longest = Longest)
    {
        if (text is null)
        {
            return null;
        }

        var searched = text.Length <= LongestSearched * longest ? text : text[..(LongestSearched * longest)];
        searched = UserInformation().Replace(searched, "$1");
        searched = LinkQuery().Replace(searched, "$1?…");
        return Of(Query().Replace(searched, "?…"), longest);
    }

    // Links stand in texts as they are, percent-encoded, or escaped by JSON. A cut link extends to the next space, quotation mark or angle bracket. A
    // backslash and the character behind it count as one, so that the end of a JSON string within a JSON string ends nothing.
    [GeneratedRegex(
        """((?::|%3[Aa])(?://|\\/\\/|%2[Ff]%2[Ff])[^\s"<>?#]*?)(?:[?#]|%3[Ff]|%23|\\u003[Ff]|\\u0023)(?:\\[^\s]|[^\s"<>\\])*""",
        RegexOptions.CultureInvariant)]
    private static partial Regex LinkQuery();

    // A query without a scheme in front of it: what follows the question mark is a name and an equals sign.
    [GeneratedRegex(
        """(?<=[^\s"<>])(?:\?|%3[Ff]|\\u003[Ff])(?=[\w.~%\[\]-]+(?:=|%3[Dd]|\\u003[Dd]))(?:\\[^\s]|[^\s"<>\\])*""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Query();

    [GeneratedRegex("""((?::|%3[Aa])(?://|\\/\\/|%2[Ff]%2[Ff]))[^\s"<>/?#\\]*(?:@|%40)""", RegexOptions.CultureInvariant)]
    private static partial Regex UserInformation();
}
