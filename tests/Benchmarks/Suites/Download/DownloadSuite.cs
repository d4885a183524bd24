using Benchmarks.Downloads;
using Benchmarks.Processes;
using Benchmarks.Reporting;
using Benchmarks.Servers;

namespace Benchmarks.Suites.Download;

/// <summary>
/// How fast an asset comes into Blob Storage: into a sink that discards it, so that the app is the limit, and into Azurite, which is the limit itself.
/// </summary>
public sealed class DownloadSuite : ISuite
{
    private const double MiB = 1024 * 1024;

    public string Name => "download";

    public string Description => "Downloads, beside curl, HttpClient with SHA-256, and UploadAsync(stream).";

    public async Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var plan = DownloadPlan.For(effort);
        await using var storage = await SinkStorage.StartAsync(Core.Any, cancellationToken);
        var (media, sink, azurite) = (storage.Media, storage.Sink, storage.Azurite);
        var rows = new List<Row>();
        progress.Report("Into the sink");
        var intoSink = await RaceAsync(
            [
                new CurlRunner(),
                new FetchRunner(FetchWay.Hash, sink, azurite),
                new FetchRunner(FetchWay.BothHashes, sink, azurite),
                new FetchRunner(FetchWay.App, sink, azurite),
                new FetchRunner(FetchWay.Naive, sink, azurite),
            ],
            media, plan.SinkBytes, plan.Rounds, cancellationToken);
        rows.AddRange(intoSink.Select(runner => Describe("sink", runner, plan.SinkBytes)));

        progress.Report("Into Azurite");
        // Azurite, the limit, has a core for itself: otherwise it is measured who takes less from it.
        await using var apart = await SinkStorage.StartAsync(Core.Server, cancellationToken, azurite: Core.Load);
        var intoAzurite = await RaceAsync(
            [
                new FetchRunner(FetchWay.App, apart.Azurite, apart.Azurite, Core.Server),
                new FetchRunner(FetchWay.Naive, apart.Azurite, apart.Azurite, Core.Server),
            ],
            apart.Media, plan.AzuriteBytes, plan.AzuriteRounds, cancellationToken);
        rows.AddRange(intoAzurite.Select(runner => Describe("Azurite", runner, plan.AzuriteBytes)));

        var peaks = new Dictionary<(FetchWay Way, long Bytes), double>();
        foreach (var way in new[] { FetchWay.App, FetchWay.Naive })
        {
            foreach (var bytes in new[] { plan.SmallBytes, plan.LargeBytes })
            {
                progress.Report($"Memory: {way}, {bytes / MiB:N0} MiB");
                // A small asset is over before the compiler is: several, one after the other, give the process as much of an age.
                var times = bytes == plan.SmallBytes ? plan.SmallTimes : 1;
                await using var process = new FetchProcess(way, sink, azurite);
                var result = await process.FetchAsync(new(Media(media, bytes), bytes), cancellationToken);
                for (var time = 1; time < times; time++)
                {
                    result = await process.FetchAsync(new(Media(media, bytes), bytes), cancellationToken);
                }

                peaks[(way, bytes)] = result.PeakMiB;
                var row = new Row { { "into", "sink" }, { "way", $"{way}, a process of its own, {(times == 1 ? "once" : $"{times} times")}" } };
                row.Add("MiB", bytes / MiB);
                row.Add("peak MiB", result.PeakMiB);
                rows.Add(row);
            }
        }

        Goal[] ratios =
        [
            Goal.Least("sink_vs_hash", Faster(intoSink, FetchWay.App, FetchWay.Hash), 0.7),
            new("sink_vs_both_hashes", Faster(intoSink, FetchWay.App, FetchWay.BothHashes)),
            new("sink_vs_naive", Faster(intoSink, FetchWay.App, FetchWay.Naive)),
            Goal.Least("azurite_vs_naive", Faster(intoAzurite, FetchWay.App, FetchWay.Naive), 1),
            Goal.Most("peak_mib", new Sample([peaks[(FetchWay.App, plan.LargeBytes)]]), 128),
            Goal.Most("peak_large_vs_small", new Sample([peaks[(FetchWay.App, plan.LargeBytes)] / peaks[(FetchWay.App, plan.SmallBytes)]]), 1.1),
        ];
        return new SuiteReport(Name, effort, rows, ratios, []);
    }

    /// <summary>Lets each fetch the same, in turn, after a first turn that nobody counts.</summary>
    private static async Task<IReadOnlyList<Runner>> RaceAsync(
        IReadOnlyList<Runner> runners, Uri media, long bytes, int rounds, CancellationToken cancellationToken)
    {
        try
        {
            for (var round = 0; round <= rounds; round++)
            {
                foreach (var runner in runners)
                {
                    var result = await runner.FetchAsync(new(Media(media, bytes), bytes), cancellationToken);
                    if (round > 0)
                    {
                        runner.Results.Add(result);
                    }
                }
            }

            return runners;
        }
        finally
        {
            foreach (var runner in runners)
            {
                await runner.DisposeAsync();
            }
        }
    }

    private static Row Describe(string into, Runner runner, long bytes)
    {
        var row = new Row { { "into", into }, { "way", runner.Name } };
        row.Add("MiB", bytes / MiB);
        row.Add("MB/s", Sample(result => bytes / 1e6 / result.Seconds));
        if (runner is FetchRunner)
        {
            row.Add("CPU s", Sample(result => result.CpuSeconds), "N2");
            row.Add("peak MiB", Sample(result => result.PeakMiB));
        }

        return row;

        Sample Sample(Func<FetchResult, double> figure) => new(runner.Results.Select(figure));
    }

    /// <summary>How many times as fast one way is as another, round by round.</summary>
    private static Sample Faster(IEnumerable<Runner> runners, FetchWay way, FetchWay other)
    {
        var seconds = runners.OfType<FetchRunner>().ToDictionary(runner => runner.Way, runner => runner.Results.Select(result => result.Seconds).ToList());
        return Sample.Ratio(seconds[other], seconds[way]);
    }

    private static Uri Media(Uri source, long bytes) => new(source, $"video.mp4?bytes={bytes}");
}
