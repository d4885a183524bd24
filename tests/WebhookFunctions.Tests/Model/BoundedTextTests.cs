using System.Diagnostics;
using CsCheck;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Model;

public sealed class BoundedTextTests
{
    [Theory]
    [InlineData("Cannot fetch https://h.example/a?X-Sig=SECRET now", "Cannot fetch https://h.example/a?… now")]
    [InlineData("https://h.example/a#SECRET", "https://h.example/a?…")]
    [InlineData("https://user:SECRET@h.example/a", "https://h.example/a")]
    [InlineData("https://SECRET@h.example/a?b=SECRET", "https://h.example/a?…")]
    [InlineData("""{"url":"https://h.example/a?t=SECRET","code":5}""", """{"url":"https://h.example/a?…","code":5}""")]
    [InlineData("""{\"url\":\"https:\/\/h.example\/a?t=SECRET\u0026u=SECRET\"} rest""", """{\"url\":\"https:\/\/h.example\/a?… rest""")]
    [InlineData(@"https:\/\/h.example\/a\u003ft=SECRET", @"https:\/\/h.example\/a?…")]
    [InlineData("see https%3A%2F%2Fh.example%2Fa%3Ft%3DSECRET.", "see https%3A%2F%2Fh.example%2Fa?…")]
    [InlineData("https%3A%2F%2Fuser%3ASECRET%40h.example%2Fa", "https%3A%2F%2Fh.example%2Fa")]
    [InlineData("<a href='https://h.example/a?t=SECRET'>", "<a href='https://h.example/a?…>")]
    [InlineData("ftp://h.example/a?SECRET", "ftp://h.example/a?…")]
    [InlineData("HTTPS://H.EXAMPLE?SECRET", "HTTPS://H.EXAMPLE?…")]
    [InlineData("two: https://a.example/?t=SECRET https://b.example/?t=SECRET", "two: https://a.example/?… https://b.example/?…")]
    [InlineData("cannot fetch h.example/a?token=SECRET", "cannot fetch h.example/a?…")]
    [InlineData("GET /a?X-Amz-Signature=SECRET&b failed", "GET /a?… failed")]
    [InlineData("(https://h.example/a?t=(SECRET)SECRET)", "(https://h.example/a?…")]
    [InlineData("https://h.example/a?t=SECRET'SECRET", "https://h.example/a?…")]
    [InlineData("https://h.example/a\nb?SECRET=SECRET", "https://h.example/a\nb?…")]
    public void The_tokens_of_a_quoted_link_are_removed(string text, string expected)
    {
        Assert.Equal(expected, BoundedText.WithoutTokens(text));
        Assert.Equal(expected, BoundedText.WithoutTokens(expected));
    }

    [Theory]
    [InlineData("")]
    [InlineData("No face was found in frame #3. Is there one? Maybe.")]
    [InlineData("really?yes C#7 a=b user@mail.example 50%")]
    [InlineData("https://h.example/a/b.mp4")]
    [InlineData("12:30, see //nothing")]
    public void A_text_that_is_not_a_link_stays_unchanged(string text) => Assert.Equal(text, BoundedText.WithoutTokens(text));

    [Fact]
    public void A_query_is_removed_whatever_surrounds_it() => Gen.Select(
            Gen.String[Gen.Char["ab ?#:/=\\\"'(%@&.\n"], 0, 12], Gen.String[Gen.Char["ab?#:/=\\'(%@&."], 0, 12])
        .Sample((before, within) => !BoundedText.WithoutTokens($"{before} https://h.example/x?{within}SECRET{within} {before}")!.Contains("SECRET", StringComparison.Ordinal));

    [Theory]
    [InlineData("://")]
    [InlineData("%3A%2F%2F")]
    [InlineData("a?a")]
    [InlineData("\\u003f")]
    [InlineData("a%3Fa%3F")]
    [InlineData("://a@")]
    public void A_text_of_a_megabyte_is_searched_in_linear_time(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length));
        var watch = Stopwatch.StartNew();

        Assert.InRange(BoundedText.WithoutTokens(text)!.Length, 1, 2048);

        // The search takes milliseconds. With a quadratic algorithm a megabyte would take hours.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}");
    }

    [Fact]
    public void A_text_that_is_cut_stays_well_formed()
    {
        Assert.Null(BoundedText.WithoutTokens(null));
        Assert.Equal(2048, BoundedText.WithoutTokens(new string('x', 5000))!.Length);
        Assert.Equal(KeyEncoding.WellFormed("a\ud800"), BoundedText.WithoutTokens("a\ud800"));
    }
}
