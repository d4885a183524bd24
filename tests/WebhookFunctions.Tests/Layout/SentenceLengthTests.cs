using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Layout;

/// <summary>Tests that no sentence of a Markdown file or a comment has more than 30 words, as functions/STYLE.md requires.</summary>
public sealed class SentenceLengthTests
{
    private const int MaxWords = 30;

    private static readonly string Thirty = Words(MaxWords);

    [Fact]
    public void No_sentence_of_a_page_or_a_comment_has_more_than_thirty_words()
    {
        var found = Prose.Files().SelectMany(file => TooLong(file, File.ReadLines(Repository.File(file.Split('/'))))).ToList();

        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found));
    }

    public static TheoryData<string, string[], string> LongSentences => new()
    {
        { "a.md", ["# A page", "", "Short. " + Thirty, "and one more."], "a.md(3): 33 words" },
        { "a.md", ["**Short.** Short.", Thirty + " too many."], "a.md(2): 32 words" },
        { "a.md", ["- short", $"- {Thirty} one"], "a.md(2): 31 words" },
        { "a.md", ["| a | b |", "|---|---|", $"| short | {Thirty} one |"], "a.md(3): 31 words" },
        { "a.md", ["```", "code", "```", $"{Thirty} [one](https://example.com/a/page)"], "a.md(4): 31 words" },
        { "a.md", [$"{Thirty} `dotnet run --project x`."], "a.md(1): 31 words" },
        { "a.cs", ["class A", "{", "    // Short.", $"    // {Thirty}", "    // one.", "}"], "a.cs(4): 31 words" },
        { "a.cs", ["/// <summary>", $"/// {Thirty} <see cref=\"A{{B, C}}\"/>.", "/// </summary>"], "a.cs(2): 31 words" },
        { "a.cs", [$"A(); // {Thirty} one"], "a.cs(1): 31 words" },
        { "a.bicep", ["param a string", $"// {Thirty} one"], "a.bicep(2): 31 words" },
    };

    [Theory]
    [MemberData(nameof(LongSentences))]
    public void A_long_sentence_is_found_with_its_line_and_its_words(string file, string[] lines, string expected) =>
        Assert.StartsWith(expected + ": ", Assert.Single(TooLong(file, lines)), StringComparison.Ordinal);

    public static TheoryData<string, string[]> ShortSentences => new()
    {
        { "a.md", [Thirty + ".", Thirty + "?", $"({Thirty}.) {Thirty}"] },
        { "a.md", ["# " + Words(31), "```", Words(31), "```"] },
        { "a.md", [Thirty, "", Thirty, "1. " + Thirty, "2. " + Thirty] },
        { "a.md", [$"| {Thirty} | {Thirty} |", $"| {Thirty} | `a|b` |"] },
        { "a.md", [$"{Words(29)} `dotnet run --project tests/LocalHost -- demo`."] },
        { "a.cs", [$"/// <summary>{Thirty}</summary>", $"/// <param name=\"a\">{Thirty}</param>"] },
        { "a.cs", [$"// {Thirty}", "A();", $"// {Thirty}", "//", $"// {Thirty}", $"A(); // {Thirty}", $"// {Thirty}"] },
        { "a.cs", [$"Get(\"https://example.com/{Thirty} one\");", $"var text = \"{Words(31)}\";"] },
        { "a.cs", [$"/// {Words(29)} <c>a b c</c>."] },
    };

    [Theory]
    [MemberData(nameof(ShortSentences))]
    public void Sentences_are_counted_separately_and_code_is_not_counted(string file, string[] lines) => Assert.Empty(TooLong(file, lines));

    private static IEnumerable<string> TooLong(string file, IEnumerable<string> lines) =>
        from sentence in Prose.Sentences(file, lines)
        let words = Prose.Words(sentence.Sentence)
        where words > MaxWords
        select $"{file}({sentence.Line}): {words} words: {sentence.Sentence}";

    private static string Words(int count) => string.Join(' ', Enumerable.Repeat("word", count));
}
