using System.Globalization;

namespace LocalHost.Demo;

/// <summary>Full report of the demo, with each webhook, its answers, its event and job, and its files.</summary>
internal static class DemoDetails
{
    private const int LabelWidth = 10;

    /// <summary>Returns the lines, none longer than <see cref="DemoSummary.Width"/>.</summary>
    public static IEnumerable<SummaryLine> Build(DemoFindings found)
    {
        var jobs = found.Jobs.ToDictionary(job => (job.Last.Provider, job.Last.JobId));
        foreach (var provider in found.Events.GroupBy(each => each.Delivery.By.Samples.Name))
        {
            yield return new SummaryLine("");
            yield return new SummaryLine(provider.Key);
            foreach (var each in provider)
            {
                var delivery = each.Delivery;
                var answers = found.Answers.Where(answer => answer.Delivery.Webhook == delivery.Webhook).ToList();
                var job = jobs[(delivery.Provider, delivery.JobId)];
                foreach (var line in Webhook(each, answers, job))
                {
                    yield return line;
                }
            }
        }
    }

    private static IEnumerable<SummaryLine> Webhook(FoundEvent found, IReadOnlyList<Answer> answers, FoundJob job)
    {
        var isAsExpected = found.IsAsExpected && job.IsAsExpected
            && answers.All(answer => answer.IsAsExpected) && found.Assets.All(asset => asset.IsAsExpected);
        yield return new SummaryLine($"  {(isAsExpected ? "ok" : "NO")} {found.Delivery.Sample.Event}", isAsExpected);
        IEnumerable<(string Label, string Text)> parts =
        [
            ("answers", string.Join(", ", answers.Select(Answered))),
            ("event", $"{Compared(found.Row?.State.ToString(), $"{found.Delivery.Webhook.State}")}; job {Compared(job.Status, $"{job.Last.Webhook.JobStatus}")}"),
            .. Reasons(found).Select(reason => ("reason", reason)),
            .. found.Assets.SelectMany(Asset),
        ];
        foreach (var (label, text) in parts)
        {
            var indent = new string(' ', 5 + LabelWidth);
            foreach (var (i, line) in WordWrap.Lines(text, DemoSummary.Width - indent.Length).Index())
            {
                yield return new SummaryLine((i == 0 ? $"     {label.PadRight(LabelWidth)}" : indent) + line);
            }
        }
    }

    private static string Answered(Answer answer)
    {
        var status = Compared($"{answer.Status}", $"{answer.Delivery.ExpectedStatus}");
        return answer.Delivery.Kind switch
        {
            DeliveryKind.Forged => $"forged {status}",
            DeliveryKind.Stale => $"an hour old {status}",
            DeliveryKind.Genuine => string.Create(CultureInfo.InvariantCulture, $"genuine {status} in {answer.Duration.TotalMilliseconds:0} ms"),
            _ => $"repeated {status}",
        };
    }

    private static IEnumerable<string> Reasons(FoundEvent found) =>
        ((string[])["ErrorMessage", "Note"]).Select(column => found.Row?.Entity.GetString(column)).OfType<string>();

    private static IEnumerable<(string Label, string Text)> Asset(FoundAsset asset)
    {
        var state = asset.Row?.State.ToString() ?? "missing";
        if (asset.Source is not { } source)
        {
            yield return ("file", $"{state}: {asset.Row?.LastError}");
            yield break;
        }

        var hash = asset.IsHashEqual ? $"hash {source.Sha256[..8]} equal" : "hash differs";
        yield return ("file", string.Create(
            CultureInfo.InvariantCulture, $"{state}, {asset.Row?.Bytes ?? 0:N0} bytes, {hash}, {source.Gets} {(source.Gets == 1 ? "GET" : "GETs")}"));
        if (asset.Row?.Blob is { } blob)
        {
            yield return ("", blob);
        }
    }

    private static string Compared(string? found, string expected) => found == expected ? found : $"{found ?? "missing"}, not {expected}";
}
