using Benchmarks.Processes;
using Benchmarks.Reporting;
using Benchmarks.Servers;

namespace Benchmarks.Suites.Pipeline;

/// <summary>How many events a second go through everything, and whether that stays so as calls and rows grow.</summary>
public sealed class PipelineSuite : ISuite
{
    public string Name => "pipeline";

    public string Description => "Events with small assets through the whole local host, with growing concurrency and growing tables.";

    public async Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var plan = PipelinePlan.For(effort);
        List<(PipelineRun Run, double PerSecond)> measured = [];
        List<Row> rows = [];
        foreach (var run in plan)
        {
            progress.Report($"{run.Events} events, {run.Calls} calls at once, {run.RowsThere} rows there");
            var (row, perSecond) = await MeasureAsync(run, cancellationToken);
            measured.Add((run, perSecond));
            rows.Add(row);
        }

        return new SuiteReport(Name, effort, rows, [.. Ratios(measured)], []);
    }

    /// <summary>
    /// Over an Azurite of its own: it looks for a row by going over its partition, and for a blob by going over its container, so what one measurement left
    /// there would slow the next. In memory: on disk it writes all its rows every few seconds.
    /// </summary>
    private static async Task<(Row Row, double PerSecond)> MeasureAsync(PipelineRun run, CancellationToken cancellationToken)
    {
        await using var storage = await SinkStorage.StartAsync(Core.Any, cancellationToken, inMemory: true);
        var filler = new TableFiller(storage.Azurite);
        await filler.FillAsync(run.RowsThere, cancellationToken);
        var probe = await filler.ProbeAsync(cancellationToken);
        await using var host = await PipelineHost.StartAsync(run.Calls, storage.Azurite, storage.Media, cancellationToken);
        await host.RunAsync(run.WarmUp, cancellationToken);
        using var requests = new RequestCount(storage.AzuritePorts);
        var (received, done) = await host.RunAsync(run.Events, cancellationToken);
        var row = new Row();
        row.Add("events", run.Events);
        row.Add("calls at once", run.Calls);
        row.Add("rows there", run.RowsThere);
        row.Add("received/s", run.Events / received.TotalSeconds);
        row.Add("events/s, end to end", run.Events / done.TotalSeconds, "N1");
        row.Add("storage requests/event", (double)requests.Value / run.Events, "N1");
        row.Add("Azurite: ms for a row", probe, "N2");
        return (row, run.Events / done.TotalSeconds);
    }

    private static IEnumerable<Goal> Ratios(List<(PipelineRun Run, double PerSecond)> measured)
    {
        // The last with the usual calls and an empty table: as long as those that it is compared with.
        var usual = measured.Last(other => other.Run is { Calls: PipelinePlan.UsualCalls, RowsThere: 0 });
        yield return new Goal("events_per_second", new Sample([measured.First(other => other.Run.Calls == PipelinePlan.UsualCalls).PerSecond]));
        foreach (var (run, perSecond) in measured)
        {
            var ratio = new Sample([perSecond / usual.PerSecond]);
            if (run.RowsThere > 0)
            {
                // Flat: what is left is the noise of the measurement.
                yield return Goal.Least($"rows_{run.RowsThere}_vs_empty", ratio, 0.9);
            }
            else if (run.Calls != PipelinePlan.UsualCalls)
            {
                yield return new Goal($"calls_{run.Calls}_vs_{PipelinePlan.UsualCalls}", ratio);
            }
        }
    }
}
