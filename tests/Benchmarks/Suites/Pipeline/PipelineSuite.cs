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
        List<Measured> measured = [];
        foreach (var run in plan)
        {
            progress.Report($"{run.Events} events, {run.Calls} calls at once, {run.RowsThere} rows there");
            var result = await MeasureAsync(run, cancellationToken);
            progress.Report($"{result.PerSecond:N1} events a second, each {result.CpuPerEvent:N1} ms of processor and {result.RequestsPerEvent:N1} requests to storage");
            measured.Add(result);
        }

        return new SuiteReport(Name, effort, [.. measured.Select(Describe)], [.. Ratios(measured)], []);
    }

    /// <summary>
    /// Uses a separate Azurite. Azurite looks for a row by scanning its partition, and for a blob by scanning its container, so the remains of one
    /// measurement would slow the next. In memory: on disk it writes all its rows every few seconds.
    /// </summary>
    private static async Task<Measured> MeasureAsync(PipelineRun run, CancellationToken cancellationToken)
    {
        await using var storage = await SinkStorage.StartAsync(Core.Any, cancellationToken, inMemory: true);
        var filler = new TableFiller(storage.Azurite);
        await filler.FillAsync(run.RowsThere, cancellationToken);
        var probe = await filler.ProbeAsync(cancellationToken);
        await using var host = await PipelineHost.StartAsync(run.Calls, storage.Azurite, storage.Media, cancellationToken);
        await host.RunAsync(run.WarmUp, cancellationToken);
        var (requestsBefore, cpuBefore) = (storage.Requests, await host.CpuAsync(cancellationToken));
        var (received, done) = await host.RunAsync(run.Events, cancellationToken);
        var cpu = await host.CpuAsync(cancellationToken) - cpuBefore;
        return new Measured(run, received, done, cpu, storage.Requests - requestsBefore, probe);
    }

    private static Row Describe(Measured measured)
    {
        var row = new Row();
        row.Add("events", measured.Run.Events);
        row.Add("calls at once", measured.Run.Calls);
        row.Add("rows there", measured.Run.RowsThere);
        row.Add("received/s", measured.Run.Events / measured.Received.TotalSeconds);
        row.Add("events/s, end to end", measured.PerSecond, "N1");
        row.Add("CPU ms/event", measured.CpuPerEvent, "N1");
        row.Add("storage requests/event", measured.RequestsPerEvent, "N1");
        row.Add("Azurite: ms for a row", measured.AzuriteMilliseconds, "N2");
        return row;
    }

    private static IEnumerable<Goal> Ratios(List<Measured> measured)
    {
        // The first is as long as those that are compared with it.
        var overNothing = measured.Where(other => other.Run is { Calls: PipelinePlan.UsualCalls, RowsThere: 0 }).ToList();
        var usual = overNothing[0];
        yield return new Goal("events_per_second", new Sample([overNothing.OrderBy(other => other.Run.Events).Last().PerSecond]));
        foreach (var other in measured)
        {
            var run = other.Run;
            var ratio = new Sample([other.PerSecond / usual.PerSecond]);
            if (run.RowsThere > 0)
            {
                // Flat: what is left is the noise of the measurement.
                yield return Goal.Least($"rows_{run.RowsThere}_vs_empty", ratio, 0.9);
                yield return Goal.Most($"requests_{run.RowsThere}_vs_empty", new Sample([other.RequestsPerEvent / usual.RequestsPerEvent]), 1.01);
                yield return Goal.Most($"cpu_{run.RowsThere}_vs_empty", new Sample([other.CpuPerEvent / usual.CpuPerEvent]), 1.1);
            }
            else if (run.Calls != PipelinePlan.UsualCalls)
            {
                yield return new Goal($"calls_{run.Calls}_vs_{PipelinePlan.UsualCalls}", ratio);
            }
        }
    }

    /// <param name="Run">What was measured.</param>
    /// <param name="Received">How long it took until all was answered.</param>
    /// <param name="Done">How long it took until all was done.</param>
    /// <param name="Cpu">Processor time of the worker, and of its host, the broker and the sender.</param>
    /// <param name="Requests">Requests to storage.</param>
    /// <param name="AzuriteMilliseconds">What Azurite took for a row before.</param>
    private sealed record Measured(
        PipelineRun Run, TimeSpan Received, TimeSpan Done, TimeSpan Cpu, long Requests, double AzuriteMilliseconds)
    {
        public double PerSecond => Run.Events / Done.TotalSeconds;

        public double CpuPerEvent => Cpu.TotalMilliseconds / Run.Events;

        public double RequestsPerEvent => (double)Requests / Run.Events;
    }
}
