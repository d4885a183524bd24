using Benchmarks.Downloads;
using Benchmarks.Processes;
using Benchmarks.Reporting;
using Benchmarks.Servers;

namespace Benchmarks.Suites.Download;

/// <summary>
/// Benchmark that measures the rate of downloads to a sink, where the app is the bottleneck, and to Azurite, which is the bottleneck itself.
/// </summary>
public sealed class DownloadSuite : ISuite
{
    private const double MiB = 1024 * 1024;

    public string Name => "download";

    public string Description => "Downloads, compared with curl, HttpClient with SHA-256, and UploadAsync(stream).";

    public async Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var plan = DownloadPlan.For(effort);
        await using var storage = await SinkStorage.StartAsync(Core.Any, cancellationToken);
        var (media, sink, azurite) = (storage.Media, storage.Sink, storage.Azurite);
        var rows = new List<Row>();
        progress.Report("Downloads to the sink");
        var intoSink = await RaceAsync(
            [
                new CurlRunner(),
                new FetchRunner(FetchMethod.Hash, sink, azurite),
                new FetchRunner(FetchMethod.BothHashes, sink, azurite),
                new FetchRunner(FetchMethod.App, sink, azurite),
                new FetchRunner(FetchMethod.Naive, sink, azurite),
            ],
            media, plan.SinkBytes, plan.Rounds, cancellationToken);
        rows.AddRange(intoSink.Select(runner => Describe("sink", runner, plan.SinkBytes)));

        progress.Report("Downloads to Azurite");
        // Azurite has its own core. Otherwise the comparison would favour the method that uses less processor time.
        await using var apart = await SinkStorage.StartAsync(Core.Server, cancellationToken, azurite: Core.Load);
        var intoAzurite = await RaceAsync(
            [
                new FetchRunner(FetchMethod.App, apart.Azurite, apart.Azurite, Core.Server),
                new FetchRunner(FetchMethod.Naive, apart.Azurite, apart.Azurite, Core.Server),
            ],
            apart.Media, plan.AzuriteBytes, plan.AzuriteRounds, cancellationToken);
        rows.AddRange(intoAzurite.Select(runner => Describe("Azurite", runner, plan.AzuriteBytes)));

        var peaks = new Dictionary<(FetchMethod Method, long Bytes), double>();
        foreach (var method in new[] { FetchMethod.App, FetchMethod.Naive })
        {
            foreach (var bytes in new[] { plan.SmallBytes, plan.LargeBytes })
            {
                progress.Report($"Memory: {method}, {bytes / MiB:N0} MiB");
                // A small asset ends before the JIT compiler has finished. Several in a row make the process as old as one with a large asset.
                var times = bytes == plan.SmallBytes ? plan.SmallTimes : 1;
                await using var process = new FetchProcess(method, sink, azurite);
                var result = await process.FetchAsync(new(Media(media, bytes), bytes), cancellationToken);
                for (var time = 1; time < times; time++)
                {
                    result = await process.FetchAsync(new(Media(media, bytes), bytes), cancellationToken);
                }

                peaks[(method, bytes)] = result.PeakMiB;
                var row = new Row { { "target", "sink" }, { "method", $"{method}, separate process, {(times == 1 ? "once" : $"{times} times")}" } };
                row.Add("MiB", bytes / MiB);
                row.Add("peak MiB", result.PeakMiB);
                rows.Add(row);
            }
        }

        Goal[] ratios =
        [
            Goal.Minimum("sink_vs_hash", RateRatio(intoSink, FetchMethod.App, FetchMethod.Hash), 0.7),
            new("sink_vs_both_hashes", RateRatio(intoSink, FetchMethod.App, FetchMethod.BothHashes)),
            new("sink_vs_naive", RateRatio(intoSink, FetchMethod.App, FetchMethod.Naive)),
            Goal.Minimum("azurite_vs_naive", RateRatio(intoAzurite, FetchMethod.App, FetchMethod.Naive), 1),
            Goal.Maximum("peak_mib", new Sample([peaks[(FetchMethod.App, plan.LargeBytes)]]), 128),
            Goal.Maximum("peak_large_vs_small", new Sample([peaks[(FetchMethod.App, plan.LargeBytes)] / peaks[(FetchMethod.App, plan.SmallBytes)]]), 1.1),
        ];
        return new SuiteReport(Name, effort, rows, ratios, []);
    }

    /// <summary>Lets the runners download the same media in turn. The first round warms them up and is not counted.</summary>
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

    private static Row Describe(string target, Runner runner, long bytes)
    {
        var row = new Row { { "target", target }, { "method", runner.Name } };
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

    /// <summary>Returns the ratio of one method's rate to another's, computed for each round.</summary>
    private static Sample RateRatio(IEnumerable<Runner> runners, FetchMethod method, FetchMethod other)
    {
        var seconds = runners.OfType<FetchRunner>().ToDictionary(runner => runner.Method, runner => runner.Results.Select(result => result.Seconds).ToList());
        return Sample.Ratio(seconds[other], seconds[method]);
    }

    private static Uri Media(Uri source, long bytes) => new(source, $"video.mp4?bytes={bytes}");
}
