using System.Globalization;

namespace LocalHost.Demo;

/// <summary>How far the events and assets are.</summary>
internal readonly record struct DemoProgress(int EventsEnded, int Events, int AssetsEnded, int Assets);

/// <summary>A download under way: how much of it has been sent, and how fast.</summary>
internal sealed record DemoDownload(string Name, long Bytes, long TotalBytes, double BytesPerSecond)
{
    private const double Mebibyte = 1024 * 1024;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {Bytes / Mebibyte:0.0} of {TotalBytes / Mebibyte:0.0} MiB, {BytesPerSecond / Mebibyte:0.0} MiB/s");
}
