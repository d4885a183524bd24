using Benchmarks.Load;
using Benchmarks.Processes;
using Benchmarks.Reporting;
using Benchmarks.Servers;

namespace Benchmarks.Suites.Isolation;

/// <summary>Benchmark that measures whether downloads delay the answer to a webhook, because one process does both.</summary>
public sealed class IsolationSuite : ISuite
{
    private const int Downloads = 32;
    private const int Connections = 32;
    private const int BodyBytes = 1024;
    private const int RequestsPerSecond = 500;
    private const long AssetBytes = 64 * 1024 * 1024;

    // About the rate that a provider's store gives one connection. For all downloads together this is half a gigabit a second.
    private const long BytesPerSecond = 2_000_000;

    private const string Idle = "none";
    private const string Paced = "32, each at 2 MB/s";
    private const string Unpaced = "32, unlimited";

    public string Name => "isolation";

    public string Description => "The p99 of receiving while 32 downloads run in the same process, compared with none.";

    public async Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var (rounds, seconds, lead) = effort switch { Effort.Thorough => (7, 8.0, 3.0), Effort.Brief => (4, 4.0, 1.5), _ => (1, 0.2, 0.1) };
        await using var storage = await SinkStorage.StartAsync(Core.Load, cancellationToken);
        var secret = ServerSettings.NewSecret();
        await using var server = await ChildServer.StartSelfAsync(Core.Server, ServerKinds.Busy, storage.Settings(secret), cancellationToken);
        await using var load = new LoadProcess();
        using var http = new HttpClient(new SocketsHttpHandler());
        var results = new Dictionary<string, List<LoadResult>> { [Idle] = [], [Paced] = [], [Unpaced] = [] };

        // The first round warms up and is not counted.
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (state, measured) in results)
            {
                progress.Report($"Downloads: {state}, round {round} of {rounds}");
                var source = new Uri(storage.Media, $"video.mp4?bytes={AssetBytes}{(state == Paced ? $"&rate={BytesPerSecond}" : "")}");
                await BusyServer.SetDownloadsAsync(http, server.Address, state == Idle ? 0 : Downloads, new(source, AssetBytes), cancellationToken);
                var ids = (int)(RequestsPerSecond * (seconds + lead)) + Connections;
                var order = new LoadOrder(server.Port, server.ProcessId, secret, Connections, BodyBytes, seconds, lead, ids, RequestsPerSecond);
                var result = await load.RunAsync(order, cancellationToken);
                if (round > 0)
                {
                    measured.Add(result);
                }
            }
        }

        await BusyServer.SetDownloadsAsync(http, server.Address, 0, new(storage.Media, 0), cancellationToken);
        Goal[] ratios =
        [
            Goal.Maximum("p99_busy_vs_idle", Ratio(results, Paced), 2),
            new("p99_unpaced_vs_idle", Ratio(results, Unpaced)),
        ];
        return new SuiteReport(Name, effort, [.. results.Select(state => Describe(state.Key, state.Value))], ratios, []);
    }

    private static Sample Ratio(Dictionary<string, List<LoadResult>> results, string state) =>
        Sample.Ratio([.. results[state].Select(result => result.P99)], [.. results[Idle].Select(result => result.P99)]);

    private static Row Describe(string state, List<LoadResult> results)
    {
        var row = new Row { { "downloads", state } };
        row.Add("req/s", Sample(result => result.PerSecond));
        row.Add("p50 ms", Sample(result => result.P50), "N2");
        row.Add("p99 ms", Sample(result => result.P99), "N2");
        row.Add("max ms", Sample(result => result.Max), "N1");
        row.Add("server busy %", Sample(result => 100 * result.ServerCpuSeconds / result.Seconds));
        row.Add("MiB", Sample(result => result.ServerMiB));
        return row;

        Sample Sample(Func<LoadResult, double> figure) => new(results.Select(figure));
    }
}
