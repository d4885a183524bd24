using System.Globalization;
using WebhookFunctions.Downloading;

namespace LocalHost.Demo;

/// <summary>How far the events and assets are.</summary>
internal readonly record struct DemoProgress(int EventsEnded, int Events, int AssetsEnded, int Assets);

/// <summary>A download under way: how much of it is there, and how fast it comes.</summary>
internal sealed record DemoDownload(string Name, long Bytes, long? TotalBytes, double BytesPerSecond)
{
    private const double Mebibyte = 1024 * 1024;

    // The end of the job's id: those that are paths differ there.
    public static DemoDownload Of(RunningDownload download, DateTimeOffset now) => new(
        $"{download.Provider}/{download.JobId[Math.Max(0, download.JobId.Length - 12)..]}/{download.Name}",
        download.Bytes,
        download.TotalBytes,
        download.Fetched / Math.Max(0.001, (now - download.StartedAt).TotalSeconds));

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {Bytes / Mebibyte:0.0}{(TotalBytes is { } total ? $" of {total / Mebibyte:0.0}" : "")} MiB, {BytesPerSecond / Mebibyte:0.0} MiB/s");
}
