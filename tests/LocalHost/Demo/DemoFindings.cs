using System.Globalization;
using Azure.Data.Tables;
using WebhookFunctions.Downloading;
using WebhookFunctions.Storage;

namespace LocalHost.Demo;

/// <summary>How far the events and assets are.</summary>
internal readonly record struct DemoProgress(int EventsEnded, int Events, int AssetsEnded, int Assets);

/// <summary>A download under way: how much of it is there, and how fast it comes.</summary>
internal sealed record DemoDownload(string Name, long Bytes, long? TotalBytes, double BytesPerSecond)
{
    private const double Mebibyte = 1024 * 1024;

    public static DemoDownload Of(RunningDownload download, DateTimeOffset now) => new(
        $"{download.Provider}/{download.JobId[..Math.Min(8, download.JobId.Length)]}/{download.Name}",
        download.Bytes,
        download.TotalBytes,
        download.Fetched / Math.Max(0.001, (now - download.StartedAt).TotalSeconds));

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {Bytes / Mebibyte:0.0}{(TotalBytes is { } total ? $" of {total / Mebibyte:0.0}" : "")} MiB, {BytesPerSecond / Mebibyte:0.0} MiB/s");
}

/// <summary>An event that was sent, and its row.</summary>
internal sealed record FoundEvent(Delivery Delivery, EventRow? Row)
{
    public bool IsAsExpected => Row is { } row && row.State == Delivery.Webhook.State
        && row.AssetsStored == Delivery.Scene.Links.Count && row.AssetsTotal == Delivery.Scene.Links.Count;
}

/// <summary>A file that was linked, its row, and the hash of the blob's content as it was read back.</summary>
internal sealed record FoundAsset(Delivery Delivery, MediaFile File, AssetRow? Row, string? BlobHash)
{
    /// <summary>Fetched once, whoever linked it; the same bytes at the source, on the row and in the blob; no token on the row.</summary>
    public bool IsAsExpected => Row is { State: AssetState.Stored } row && File.Requests == 1
        && row.Bytes == File.Content.Length && row.Sha256 == File.Sha256 && BlobHash == File.Sha256 && row.SourceUrl?.Contains('?') == false;
}

/// <summary>A job that was told of, by its last webhook, and its row.</summary>
internal sealed record FoundJob(Delivery Delivery, TableEntity? Row)
{
    public string? Status => Row?.GetString("Status");

    public bool IsAsExpected => Status == Delivery.Webhook.JobStatus.ToString();
}

/// <summary>Everything that the demo found.</summary>
internal sealed record DemoFindings(
    IReadOnlyList<Answer> Answers, IReadOnlyList<FoundEvent> Events, IReadOnlyList<FoundAsset> Assets, IReadOnlyList<FoundJob> Jobs, int EventRows)
{
    /// <summary>What differs from what should be, in words.</summary>
    public IReadOnlyList<string> Problems =>
    [
        .. Answers.Where(answer => answer.Status != answer.Delivery.ExpectedStatus).Select(answer =>
            $"{Name(answer.Delivery)} ({answer.Delivery.Kind}) was answered {answer.Status}, not {answer.Delivery.ExpectedStatus}."),
        .. Events.Where(found => !found.IsAsExpected).Select(found =>
            $"The event of {Name(found.Delivery)} is {found.Row?.State.ToString() ?? "not there"}, not {found.Delivery.Webhook.State}, "
            + $"with {found.Row?.AssetsStored ?? 0} of {found.Delivery.Scene.Links.Count} assets stored."),
        .. Assets.Where(found => !found.IsAsExpected).Select(found =>
            $"An asset of {Name(found.Delivery)} is {found.Row?.State.ToString() ?? "not there"}, asked for {found.File.Requests} times. {found.Row?.LastError}"),
        .. Jobs.Where(found => !found.IsAsExpected).Select(found =>
            $"The job of {Name(found.Delivery)} is {found.Status ?? "not there"}, not {found.Delivery.Webhook.JobStatus}."),
        .. EventRows == Events.Count ? Array.Empty<string>() : [$"There are {EventRows} events, not {Events.Count}."],
    ];

    public static async Task<DemoFindings> CollectAsync(
        IReadOnlyList<Answer> answers,
        IReadOnlyList<Delivery> genuine,
        StoredResults results,
        MediaServer media,
        CancellationToken cancellationToken)
    {
        var events = new List<FoundEvent>();
        var assets = new List<FoundAsset>();
        foreach (var delivery in genuine)
        {
            var row = await results.FindEventAsync(delivery.Provider, delivery.Webhook.WebhookId, cancellationToken);
            events.Add(new FoundEvent(delivery, row));
            var rows = row is null ? [] : await results.AssetsAsync(row, cancellationToken);
            foreach (var link in delivery.Scene.Links)
            {
                var asset = rows.FirstOrDefault(asset => asset.SourceUrl == new Uri(link).GetLeftPart(UriPartial.Path));
                assets.Add(new FoundAsset(delivery, media[link], asset, await results.HashAsync(asset?.Blob, cancellationToken)));
            }
        }

        var jobs = new List<FoundJob>();
        foreach (var last in genuine.Where(delivery => delivery.Webhook.JobStatus is not null)
            .GroupBy(delivery => (delivery.Provider, delivery.Scene.JobId)).Select(job => job.Last()))
        {
            jobs.Add(new FoundJob(last, await results.FindJobAsync(last.Provider, last.Scene.JobId, cancellationToken)));
        }

        return new DemoFindings(answers, events, assets, jobs, await results.CountEventsAsync(cancellationToken));
    }

    private static string Name(Delivery delivery) => $"{delivery.Provider} {delivery.Sample.Event}";
}
