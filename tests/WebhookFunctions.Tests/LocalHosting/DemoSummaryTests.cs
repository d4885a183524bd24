using Azure.Data.Tables;
using LocalHost.Demo;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Tests.LocalHosting;

/// <summary>Tests of the table and the result that the demo prints. The first two lines of the table are its heading.</summary>
public sealed class DemoSummaryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private readonly DemoProvider _provider;
    private readonly Delivery _genuine;

    public DemoSummaryTests()
    {
        var samples = ProviderSamples.All.Single(each => each.Name == "replicate");
        _provider = new DemoProvider(samples, samples.NewKeys(), null);
        var scene = new SampleScene("job", Now, path => $"http://127.0.0.1/{path}");
        var sample = samples.Samples.Single(each => each.Event == "failed");
        _genuine = new Delivery(_provider, sample, sample.Write(scene), scene, DeliveryKind.Genuine, new Dictionary<string, string>());
    }

    [Fact]
    public void A_row_shows_the_numbers_of_accepted_rejected_and_stored_items_and_the_duration()
    {
        var lines = DemoSummary.Build(Findings(forged: 400), [], DemoTour.Next);

        Assert.Equal(["replicate", "1", "1", "-", "1", "0", "0", "2.5"], Words(lines[2]));
        Assert.True(lines[2].IsAsExpected);
        Assert.StartsWith("All checks passed", lines[4].Text, StringComparison.Ordinal);
        AssertFits(lines);
    }

    [Fact]
    public void A_forged_webhook_that_was_accepted_is_shown_in_its_row_and_in_a_separate_line()
    {
        var found = Findings(forged: 200);

        var lines = DemoSummary.Build(found, found.Problems, DemoTour.Next);

        Assert.Equal(["replicate", "1", "0/1", "-", "1", "0", "0", "2.5"], Words(lines[2]));
        Assert.False(lines[2].IsAsExpected);
        Assert.Equal("1 result differs from the expected one.", lines[4].Text);
        Assert.Equal("- replicate failed (Forged) was answered 200, not 400.", lines[5].Text);
        Assert.DoesNotContain(lines, line => line.Text.StartsWith("All checks", StringComparison.Ordinal));
        AssertFits(lines);
    }

    [Fact]
    public void A_missing_event_has_no_seconds_and_is_named()
    {
        var found = Findings(forged: 400) with { Events = [new FoundEvent(_genuine, null, null, [])] };

        var lines = DemoSummary.Build(found, found.Problems, []);

        Assert.Equal("-", Words(lines[2])[^1]);
        Assert.Contains(lines, line => line.Text.StartsWith("- The event of replicate failed is missing", StringComparison.Ordinal));
        AssertFits(lines);
    }

    [Fact]
    public void Problems_that_do_not_fit_are_counted_with_the_command_that_shows_them()
    {
        var problems = Enumerable.Range(1, 40).Select(number => $"Problem {number} " + string.Join(' ', Enumerable.Repeat("word", 30))).ToList();

        var lines = DemoSummary.Build(Findings(forged: 400), problems, DemoTour.Next);

        AssertFits(lines);
        var shown = lines.Count(line => line.Text.StartsWith("- Problem", StringComparison.Ordinal));
        Assert.InRange(shown, 1, 39);
        Assert.Equal($"- and {40 - shown} more: demo --details shows them.", lines[^1].Text);
        Assert.Contains("40", lines[4].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one two three", "one two", "three")]
    [InlineData("a long-word-that-is-one", "a", "long-word-that-is-one")]
    [InlineData("x abcd/efgh%2Fijkl/mn", "x", "abcd/", "efgh%2F", "ijkl/mn")]
    [InlineData("bad\r\n\u001b[31mred", "bad", "[31mred")]
    [InlineData("", "")]
    public void Text_is_wrapped_between_words_and_long_names_after_a_slash(string text, params string[] lines) =>
        Assert.Equal(lines, WordWrap.Lines(text, 8));

    private DemoFindings Findings(int forged)
    {
        var body = System.Security.Cryptography.SHA256.HashData(_genuine.Body.Span);
        var row = new EventRow(new TableEntity
        {
            ["State"] = nameof(EventState.Recorded), ["ReceivedAt"] = Now, ["CompletedAt"] = Now.AddSeconds(2.5),
            ["AssetsTotal"] = 0, ["AssetsStored"] = 0, ["AssetsFailed"] = 0,
        });
        return new DemoFindings(
            [
                new Answer(_genuine with { Kind = DeliveryKind.Forged }, forged, TimeSpan.Zero),
                new Answer(_genuine, 200, TimeSpan.Zero),
                new Answer(_genuine with { Kind = DeliveryKind.Duplicate }, 200, TimeSpan.Zero),
            ],
            [new FoundEvent(_genuine, row, Convert.ToHexStringLower(body), [])],
            [new FoundJob(_genuine, new TableEntity { ["Status"] = nameof(JobStatus.Failed) })],
            EventRows: 1,
            KeysSeen: []);
    }

    private static string[] Words(SummaryLine line) => line.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static void AssertFits(IReadOnlyList<SummaryLine> lines)
    {
        Assert.InRange(lines.Count, 1, DemoSummary.Lines);
        Assert.All(lines, line => Assert.InRange(line.Text.Length, 0, DemoSummary.Width));
    }
}
