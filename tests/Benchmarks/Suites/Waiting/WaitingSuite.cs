using System.Globalization;
using Benchmarks.Reporting;

namespace Benchmarks.Suites.Waiting;

/// <summary>Benchmark that measures what assets that wait for a slot cost the broker and the assets of other hosts, on a simulated clock.</summary>
public sealed class WaitingSuite : ISuite
{
    private const int SlotsOfHost = 8;

    // A download that was taken out of the line runs while its invocation's message is locked. The lock is renewed every 50 seconds.
    private const double RenewalInterval = 50;

    public string Name => "waiting";

    public string Description => "Broker operations and delays while thousands of assets wait for one host, or for a host that never answers (simulated).";

    public Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken) =>
        Task.Run(() => Run(effort, progress, cancellationToken), cancellationToken);

    private SuiteReport Run(Effort effort, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var (assets, dead) = effort == Effort.Smoke ? (350, 200) : (3_500, 2_000);
        List<Row> rows = [];
        List<Goal> goals = [];
        foreach (var seconds in (IEnumerable<double>)[0.2, 1, 5, 10, 20, 30])
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Report(string.Create(CultureInfo.InvariantCulture, $"{assets} assets of one host, {seconds} s each"));
            var simulation = new WaitingSimulation();
            simulation.SendAll(assets, "busy.example", TimeSpan.FromSeconds(seconds));
            simulation.Run();
            var operations = (double)simulation.Operations / assets;
            var ideal = assets * seconds / SlotsOfHost;
            var row = new Row();
            row.Add("assets", assets);
            row.Add("seconds each", seconds, "N1");
            row.Add("broker operations/asset", operations, "N2");
            row.Add("of these, renewals", (double)simulation.Renewals / assets, "N2");
            row.Add("time to ideal", simulation.Assets.Max(asset => asset.StoredAt!.Value.TotalSeconds) / ideal, "N2");
            rows.Add(row);
            var name = string.Create(CultureInfo.InvariantCulture, $"operations_{seconds}s");
            goals.Add(seconds <= 10 ? Goal.Maximum(name, new Sample([operations]), 6 + seconds / RenewalInterval) : new Goal(name, new Sample([operations])));
        }

        progress.Report($"{dead} assets of a host that never answers");
        var alone = MedianDelayOfOthers(dead: 0);
        goals.Add(new Goal("others_delay", new Sample([alone])));
        goals.Add(Goal.Maximum("others_delay_beside_dead_host", new Sample([MedianDelayOfOthers(dead)]), alone + 1));
        return new SuiteReport(Name, effort, rows, goals, ["An operation of the broker takes 10 ms. The first send of each message counts as an operation."]);
    }

    /// <summary>Returns the median delay, in seconds, of the assets of other hosts while <paramref name="dead"/> assets wait for a host that never answers.</summary>
    private static double MedianDelayOfOthers(int dead)
    {
        var simulation = new WaitingSimulation();
        simulation.SendAll(dead, "dead.example", duration: null);
        simulation.SendOthers();
        simulation.Run(TimeSpan.FromHours(1));
        return simulation.DelaysOfAnswering().Median;
    }
}
