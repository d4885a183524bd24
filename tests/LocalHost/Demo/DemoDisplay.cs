using Spectre.Console;

namespace LocalHost.Demo;

/// <summary>Shows the demo on a terminal; in a pipe, as plain lines.</summary>
internal sealed class DemoDisplay(IAnsiConsole console)
{
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
                if (progress != shown)
                {
                    shown = progress;
                    Step($"{progress.EventsEnded} of {progress.Events} events ended, {progress.AssetsEnded} of {progress.Assets} assets");
                }

                foreach (var download in downloads)
                {
                    Step($"  {download}");
                }
            });
            return;
        }

        await console.Progress()
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
                            bars.Add(download.Name, bar = context.AddTask(""));
                        }

                        bar.Description = $"  {download}".EscapeMarkup();
                        bar.MaxValue(download.TotalBytes ?? Math.Max(1, download.Bytes)).Value(download.Bytes);
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
        var sent = Table("Sent and answered", "Provider", "Webhook", "Sent as", "Expected", "Answer", "ms");
        foreach (var answer in found.Answers)
        {
            var delivery = answer.Delivery;
            Row(
                sent, answer.Status == delivery.ExpectedStatus, delivery.Provider, delivery.Sample.Event, $"{delivery.Kind}".ToLowerInvariant(),
                $"{delivery.ExpectedStatus}", $"{answer.Status}", $"{answer.Duration.TotalMilliseconds:0}");
        }

        var events = Table("Table WebhookEvents: events", "Provider", "EventType", "ProviderStatus", "Expected", "State", "Stored", "ErrorMessage");
        foreach (var (delivery, row) in found.Events.Select(found => (found.Delivery, found.Row)))
        {
            Row(
                events, found.Events.Single(each => each.Delivery == delivery).IsAsExpected, delivery.Provider, Column(row, "EventType"),
                Column(row, "ProviderStatus"), $"{delivery.Webhook.State}", $"{row?.State}", $"{row?.AssetsStored}/{delivery.Scene.Links.Count}",
                Column(row, "ErrorMessage"));
        }

        var assets = Table("Table WebhookEvents: assets, and container assets", "State", "Bytes", "Hash", "GETs", "Blob");
        foreach (var asset in found.Assets)
        {
            var hash = asset.BlobHash == asset.File.Sha256 && asset.Row?.Sha256 == asset.File.Sha256 ? $"equal {asset.File.Sha256[..8]}" : "differs";
            Row(
                assets, asset.IsAsExpected, $"{asset.Row?.State}", $"{asset.Row?.Bytes:N0}", hash, $"{asset.File.Requests}",
                asset.Row?.Blob ?? asset.Row?.LastError ?? "");
        }

        var jobs = Table("Table GenerationJobs", "Provider", "Job", "Expected", "Status", "ProviderStatus");
        foreach (var job in found.Jobs)
        {
            Row(
                jobs, job.IsAsExpected, job.Delivery.Provider, job.Delivery.Scene.JobId, $"{job.Delivery.Webhook.JobStatus}", job.Status ?? "",
                job.Row?.GetString("ProviderStatus") ?? "");
        }

        foreach (var table in (Table[])[sent, events, assets, jobs])
        {
            console.WriteLine();
            console.Write(table);
        }
    }

    private static string Column(WebhookFunctions.Storage.EventRow? row, string name) => row?.Entity.GetString(name) ?? "";

    private static Table Table(string title, params string[] columns)
    {
        var table = new Table().Title(title).Border(TableBorder.Rounded).AddColumn("");
        return columns.Aggregate(table, (each, column) => each.AddColumn(new TableColumn(column).NoWrap()));
    }

    private static void Row(Table table, bool isAsExpected, params string[] cells) =>
        table.AddRow([new Markup(isAsExpected ? "[green]ok[/]" : "[red]no[/]"), .. cells.Select(cell => new Text(cell))]);
}
