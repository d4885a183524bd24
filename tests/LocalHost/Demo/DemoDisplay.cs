using Spectre.Console;

namespace LocalHost.Demo;

/// <summary>Shows the demo on a terminal; in a pipe, as plain lines.</summary>
internal sealed class DemoDisplay(IAnsiConsole console)
{
    // Below this, every cell has to wrap: a table that does not fit is not shown at all.
    private const int WideEnough = 110;

    private bool IsInteractive => console.Profile.Capabilities.Interactive;

    /// <summary>Says what is being done.</summary>
    public void Step(string what) => console.MarkupLineInterpolated($"[grey]»[/] {what}");

    /// <summary>Shows how far a wait is, and the downloads under way.</summary>
    public async Task WaitAsync(Func<Action<DemoProgress, IReadOnlyList<DemoDownload>>, Task> wait)
    {
        if (!IsInteractive)
        {
            DemoProgress? shown = null;
            await wait((progress, downloads) =>
            {
                if (progress == shown)
                {
                    return;
                }

                shown = progress;
                Step($"{progress.EventsEnded} of {progress.Events} events ended, {progress.AssetsEnded} of {progress.Assets} assets");
                foreach (var download in downloads)
                {
                    Step($"  {download}");
                }
            });
            return;
        }

        await console.Progress()
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var events = context.AddTask("Events ended");
                var assets = context.AddTask("Assets fetched");
                var bars = new Dictionary<string, ProgressTask>();
                await wait((progress, downloads) =>
                {
                    events.MaxValue(progress.Events).Value(progress.EventsEnded);
                    assets.MaxValue(progress.Assets).Value(progress.AssetsEnded);
                    foreach (var download in downloads)
                    {
                        if (!bars.TryGetValue(download.Name, out var bar))
                        {
                            bars.Add(download.Name, bar = context.AddTask(download.Name.EscapeMarkup()));
                        }

                        bar.Description = $"  {download}".EscapeMarkup();
                        bar.MaxValue(download.TotalBytes).Value(download.Bytes);
                    }

                    // Who is no longer under way is at its end, one way or the other; the tables say which.
                    foreach (var name in bars.Keys.Except(downloads.Select(download => download.Name)).ToList())
                    {
                        bars[name].Value(bars[name].MaxValue).StopTask();
                    }
                });
            });
    }

    /// <summary>Shows everything that was found, and what of it is wrong.</summary>
    public void Show(DemoFindings found)
    {
        foreach (var table in (Table[])[Sent(found), Events(found), Assets(found)])
        {
            console.WriteLine();
            console.Write(table);
        }
    }

    private Table Sent(DemoFindings found)
    {
        var table = Table("Sent and answered", "Provider", "Webhook", "Forged", "An hour old", "Genuine", "Once more", "ms");
        foreach (var answers in found.Answers.GroupBy(answer => (answer.Delivery.By, answer.Delivery.Sample)))
        {
            var genuine = answers.Single(answer => answer.Delivery.Kind == DeliveryKind.Genuine);
            Row(
                table,
                answers.All(answer => answer.IsAsExpected),
                [
                    answers.Key.By.Samples.Name, answers.Key.Sample.Event,
                    .. Enum.GetValues<DeliveryKind>().Select(kind => answers.SingleOrDefault(answer => answer.Delivery.Kind == kind) is { } answer
                        ? Compared($"{answer.Status}", $"{answer.Delivery.ExpectedStatus}")
                        : "time not signed"),
                    $"{genuine.Duration.TotalMilliseconds:0}",
                ]);
        }

        return table;
    }

    private Table Events(DemoFindings found)
    {
        var table = Table(
            "Tables WebhookEvents and GenerationJobs", "Provider", "Webhook", "Event ended", "Assets", "Job stands at", "Why");
        var jobs = found.Jobs.ToDictionary(job => (job.Last.Provider, job.Last.JobId));
        foreach (var each in found.Events)
        {
            var (delivery, row) = (each.Delivery, each.Row);
            var job = jobs[(delivery.Provider, delivery.JobId)];
            Row(
                table, each.IsAsExpected && job.IsAsExpected, delivery.By.Samples.Name, delivery.Sample.Event,
                Compared($"{row?.State}", $"{delivery.Webhook.State}"), $"{row?.AssetsStored}/{each.AssetsExpected}",
                Compared(job.Status ?? "", $"{job.Last.Webhook.JobStatus}"), Column(row, "ErrorMessage") + Column(row, "Note"));
        }

        return table;
    }

    private Table Assets(DemoFindings found)
    {
        var table = Table("Table WebhookEvents and container assets", "State", "Bytes", "Hash", "GETs", "Blob, or why there is none");
        foreach (var (delivery, asset) in found.Events.SelectMany(each => each.Assets.Select(asset => (each.Delivery, asset))))
        {
            var (hash, gets) = asset.Source is { } source
                ? (asset.IsHashEqual ? $"equal {source.Sha256[..8]}" : "differs", $"{source.Gets}")
                : ("", "");
            Row(
                table, asset.IsAsExpected, $"{asset.Row?.State}", $"{asset.Row?.Bytes:N0}", hash, gets,
                asset.Row?.Blob ?? $"{delivery}: {asset.Row?.LastError}");
        }

        return table;
    }

    private static string Compared(string found, string expected) => found == expected ? found : $"{found}, not {expected}";

    private static string Column(WebhookFunctions.Storage.Events.EventRow? row, string name) => row?.Entity.GetString(name) ?? "";

    // The last column holds sentences and long names.
    private Table Table(string title, params string[] columns)
    {
        var table = new Table().Title(title).Border(TableBorder.Rounded).AddColumn("");
        foreach (var column in columns[..^1])
        {
            table.AddColumn(new TableColumn(column) { NoWrap = console.Profile.Width >= WideEnough });
        }

        return table.AddColumn(columns[^1]);
    }

    private static void Row(Table table, bool isAsExpected, params string[] cells) =>
        table.AddRow([new Markup(isAsExpected ? "[green]ok[/]" : "[red]no[/]"), .. cells.Select(cell => new Text(cell))]);
}
