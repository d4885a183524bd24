using Benchmarks.Processes;
using Benchmarks.Reporting;
using Benchmarks.Servers;

namespace Benchmarks.Suites.Pipeline;

/// <summary>Benchmark that measures how many events a second the whole app processes, with growing concurrency and growing tables.</summary>
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
            progress.Report($"{run.Events} events, {run.Calls} concurrent calls, {run.ExistingRows} existing rows");
            var result = await MeasureAsync(run, cancellationToken);
            progress.Report($"{result.PerSecond:N1} events a second, each {result.CpuPerEvent:N1} ms of processor time and {result.RequestsPerEvent:N1} requests to storage");
            measured.Add(result);
        }

        return new SuiteReport(Name, effort, [.. measured.Select(Describe)], [.. Ratios(measured)], []);
    }

    /// <summary>
    /// Runs one measurement with its own Azurite. Azurite scans a partition for a row and a container for a blob, so the remains of one measurement
    /// would slow the next. It runs in memory, because on disk it writes all its rows every few seconds.
    /// </summary>
    private static async Task<Measured> MeasureAsync(PipelineRun run, CancellationToken cancellationToken)
    {
        await using var storage = await SinkStorage.StartAsync(Core.Any, cancellationToken, inMemory: true);
        var filler = new TableFiller(storage.Azurite);
        await filler.FillAsync(run.ExistingRows, cancellationToken);
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
        row.Add("concurrent calls", measured.Run.Calls);
        row.Add("existing rows", measured.Run.ExistingRows);
        row.Add("received/s", measured.Run.Events / measured.Received.TotalSeconds);
        row.Add("events/s, end to end", measured.PerSecond, "N1");
        row.Add("CPU ms/event", measured.CpuPerEvent, "N1");
        row.Add("storage requests/event", measured.RequestsPerEvent, "N1");
        row.Add("Azurite ms/row", measured.AzuriteMilliseconds, "N2");
        return row;
    }

    private static IEnumerable<Goal> Ratios(List<Measured> measured)
    {
        // The first of these has as many events as the measurements that are compared with it.
        var onEmptyTable = measured.Where(other => other.Run is { Calls: PipelinePlan.DefaultCalls, ExistingRows: 0 }).ToList();
        var reference = onEmptyTable[0];
        yield return new Goal("events_per_second", new Sample([onEmptyTable.OrderBy(other => other.Run.Events).Last().PerSecond]));
        foreach (var other in measured)
        {
            var run = other.Run;
            var ratio = new Sample([other.PerSecond / reference.PerSecond]);
            if (run.ExistingRows > 0)
            {
                // The limits leave room for noise only: more rows must not slow the app.
                yield return Goal.Minimum($"rows_{run.ExistingRows}_vs_empty", ratio, 0.9);
                yield return Goal.Maximum($"requests_{run.ExistingRows}_vs_empty", new Sample([other.RequestsPerEvent / reference.RequestsPerEvent]), 1.01);
                yield return Goal.Maximum($"cpu_{run.ExistingRows}_vs_empty", new Sample([other.CpuPerEvent / reference.CpuPerEvent]), 1.1);
            }
            else if (run.Calls != PipelinePlan.DefaultCalls)
            {
                yield return new Goal($"calls_{run.Calls}_vs_{PipelinePlan.DefaultCalls}", ratio);
            }
        }
    }

    /// <summary>Figures of one measurement.</summary>
    /// <param name="Run">The measurement's parameters.</param>
    /// <param name="Received">The time until all webhooks were answered.</param>
    /// <param name="Done">The time until all messages were processed.</param>
    /// <param name="Cpu">The processor time of the worker, its host, the broker and the sender.</param>
    /// <param name="Requests">Requests to storage.</param>
    /// <param name="AzuriteMilliseconds">The time that Azurite took for a row before the measurement: see <see cref="TableFiller.ProbeAsync"/>.</param>
    private sealed record Measured(
        PipelineRun Run, TimeSpan Received, TimeSpan Done, TimeSpan Cpu, long Requests, double AzuriteMilliseconds)
    {
        public double PerSecond => Run.Events / Done.TotalSeconds;

        public double CpuPerEvent => Cpu.TotalMilliseconds / Run.Events;

        public double RequestsPerEvent => (double)Requests / Run.Events;
    }
}
