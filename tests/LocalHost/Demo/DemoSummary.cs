using System.Globalization;

namespace LocalHost.Demo;

/// <summary>Line of the summary. The flag says whether its content is as expected; null if that does not apply.</summary>
internal readonly record struct SummaryLine(string Text, bool? IsAsExpected = null);

/// <summary>Summary of the demo on one screen: a row for each provider with its webhooks and results, followed only by what differs from the
/// expected results.</summary>
internal static class DemoSummary
{
    /// <summary>The maximum length of a line, in characters.</summary>
    public const int Width = 80;

    /// <summary>The maximum number of lines; one more is left for the terminal's prompt.</summary>
    public const int Lines = 23;

    private const string Details = "demo --details";

    private const int NameWidth = 15;

    private static readonly int[] Widths = [9, 8, 7, 9, 8, 12, 9];

    /// <summary>Returns the lines.</summary>
    /// <param name="found">What the demo found.</param>
    /// <param name="problems">The differences from the expected results.</param>
    /// <param name="next">What to try next, if there is room for it.</param>
    public static IReadOnlyList<SummaryLine> Build(DemoFindings found, IReadOnlyList<string> problems, IReadOnlyList<string> next)
    {
        List<SummaryLine> lines =
        [
            new(Row("", "Webhooks", "Refused", "", "Sent", "Files", "", "")),
            new(Row("", "accepted", "forged", "old", "twice", "stored", "bytes", "seconds")),
            .. found.Answers.GroupBy(answer => answer.Delivery.By.Samples.Name).Select(answers => Row(
                answers.Key, [.. answers], [.. found.Events.Where(each => each.Delivery.By.Samples.Name == answers.Key)])),
        ];
        if (lines.Count > 3)
        {
            lines.Add(Row("all", found.Answers, found.Events));
        }

        lines.Add(new SummaryLine(""));
        lines.AddRange(Verdict(problems, Lines - lines.Count));
        if (next.Count > 0 && lines.Count + 1 + next.Count <= Lines)
        {
            lines.AddRange([new SummaryLine(""), .. next.Select(line => new SummaryLine(line))]);
        }

        return lines;
    }

    private static IEnumerable<SummaryLine> Verdict(IReadOnlyList<string> problems, int room)
    {
        if (problems.Count == 0)
        {
            return WordWrap.Lines(
                "All checks passed: forged and old webhooks had no effect, each webhook has one event although it was sent twice, its body was stored byte "
                + "for byte, and each stored file has its source's hash.",
                Width).Select(line => new SummaryLine(line, true));
        }

        var lines = new List<SummaryLine> { new($"{problems.Count} {(problems.Count == 1 ? "result differs" : "results differ")} from the expected one{(problems.Count == 1 ? "" : "s")}.", false) };
        for (var i = 0; i < problems.Count; i++)
        {
            var wrapped = WordWrap.Lines($"- {problems[i]}", Width, hanging: 2);
            var isLast = i == problems.Count - 1;
            if (lines.Count + wrapped.Count + (isLast ? 0 : 1) > room)
            {
                lines.Add(new SummaryLine($"- and {problems.Count - i} more: {Details} shows them.", false));
                break;
            }

            lines.AddRange(wrapped.Select(line => new SummaryLine(line, false)));
        }

        return lines;
    }

    private static SummaryLine Row(string name, IReadOnlyList<Answer> answers, IReadOnlyList<FoundEvent> events)
    {
        var assets = events.SelectMany(each => each.Assets).ToList();
        var fetched = assets.Where(asset => asset.Source is not null).ToList();
        return new SummaryLine(
            Row(
                name,
                Count(answers, DeliveryKind.Genuine),
                Count(answers, DeliveryKind.Forged),
                Count(answers, DeliveryKind.Stale),
                Count(answers, DeliveryKind.Duplicate),
                Fraction(fetched.Count(asset => asset.IsHashEqual), fetched.Count),
                string.Create(CultureInfo.InvariantCulture, $"{assets.Sum(asset => asset.Row?.Bytes ?? 0):N0}"),
                Seconds(events)),
            answers.All(answer => answer.IsAsExpected) && events.All(each => each.IsAsExpected) && assets.All(asset => asset.IsAsExpected));
    }

    private static string Row(string name, params string[] cells) =>
        (name.PadRight(NameWidth) + string.Concat(cells.Zip(Widths, (cell, width) => cell.PadLeft(width)))).TrimEnd();

    // The number of answers that were as expected, followed by the total if they are not all.
    private static string Count(IReadOnlyList<Answer> answers, DeliveryKind kind)
    {
        var sent = answers.Where(answer => answer.Delivery.Kind == kind).ToList();
        return sent.Count == 0 ? "-" : Fraction(sent.Count(answer => answer.IsAsExpected), sent.Count);
    }

    private static string Fraction(int part, int all) => part == all ? $"{all}" : $"{part}/{all}";

    // The time from the receipt of the first webhook to the end of the last event.
    private static string Seconds(IReadOnlyList<FoundEvent> events)
    {
        var rows = events.Select(each => each.Row).OfType<WebhookFunctions.Storage.Events.EventRow>().ToList();
        var ends = rows.Select(row => row.Entity.GetDateTimeOffset("CompletedAt")).ToList();
        return rows.Count == 0 || rows.Count < events.Count || ends.Contains(null)
            ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"{(ends.Max() - rows.Min(row => row.ReceivedAt))!.Value.TotalSeconds:0.0}");
    }
}
