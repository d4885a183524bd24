using System.Text.RegularExpressions;
using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Layout;

/// <summary>Tests that comments, log messages and Markdown use the words of functions/STYLE.md, and not the idioms that they replace.</summary>
public sealed partial class WordListTests
{
    private const string StyleGuide = "functions/STYLE.md";

    [Fact]
    public void No_comment_log_message_or_page_has_an_idiom_that_the_style_guide_replaces()
    {
        var found = Prose.Files().Where(file => file != StyleGuide)
            .SelectMany(file => Texts(file).Select(text => (File: file, text.Line, text.Text, Idiom: Idiom().Match(Compound().Replace(text.Text, "")))))
            .Where(text => text.Idiom.Success)
            .Select(text => $"{text.File}({text.Line}): \"{text.Idiom.Value}\" in: {text.Text.Trim()}")
            .ToList();

        Assert.True(found.Count == 0, $"See {StyleGuide}:{Environment.NewLine}{string.Join(Environment.NewLine, found)}");
    }

    [Theory]
    [InlineData("//" + " Storage is away.", "away")]
    [InlineData("///" + " <summary>Sees to it that the row ends.</summary>", "Sees to it")]
    [InlineData("    x(); //" + " Whoever reads it is told.", "Whoever")]
    [InlineData("[Logger" + """Message(1, LogLevel.Error, "The message comes back: {Reason}")]""", "comes back")]
    [InlineData("//" + " A claim on the row", "claim")]
    public void An_idiom_in_a_comment_or_a_message_is_found(string line, string idiom)
    {
        Assert.Equal(idiom, Idiom().Match(Assert.Single(TextsOf(line))).Value);
    }

    [Theory]
    [InlineData("var away = 1;")]
    [InlineData("""Assert.Equal("away", text);""")]
    [InlineData("""Get("https://example.com/away");""")]
    public void Code_and_its_strings_are_not_checked(string line)
    {
        Assert.DoesNotContain(TextsOf(line), text => Idiom().IsMatch(text));
    }

    private static IEnumerable<(int Line, string Text)> Texts(string file) => File.ReadLines(Repository.File(file.Split('/')))
        .SelectMany((line, i) => (Path.GetExtension(file) == ".cs" ? TextsOf(line) : [line]).Select(text => (i + 1, text)));

    // Returns the comment and the log message of a line. Other strings may be data or texts of others.
    private static IEnumerable<string> TextsOf(string line) =>
        ((Match[])[Comment().Match(line), LogMessage().Match(line)]).Where(match => match.Success).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"\b(away|comes? back|came back|given up|gives? up|gave up|mend(s|ed|ing)?|anew|told|none that|by itself|go(es)? on|went on|going on|thrice|sees? to it|whoever|wakes?|woken|claim(s|ed|ing)?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Idiom();

    // Technical terms, words of Azure's messages, and names in tags.
    [GeneratedRegex(@"<[^>]*>|claim[ -]checks?|(the )?claims of a (JWT|token)|token's claims|JWT claims|its claims|these claims|Manage claim|throw-away", RegexOptions.IgnoreCase)]
    private static partial Regex Compound();

    // The slashes in an address do not begin a comment.
    [GeneratedRegex(@"(?:^|\s)//+\s(.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex("""\[LoggerMessage\([^"]*"(.*)"\)\]""")]
    private static partial Regex LogMessage();
}
