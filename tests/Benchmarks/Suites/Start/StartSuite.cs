using System.Diagnostics;
using Benchmarks.Load;
using Benchmarks.Processes;
using Benchmarks.Reporting;
using Benchmarks.Servers;

namespace Benchmarks.Suites.Start;

/// <summary>Benchmark that measures the time from the start of a process to its first answered webhook, with ReadyToRun and without.</summary>
public sealed class StartSuite : ISuite
{
    public string Name => "start";

    public string Description => "From process start to the first answered webhook, with ReadyToRun and without.";

    public async Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var variants = await VariantsAsync(effort, progress, cancellationToken);
        var rounds = effort switch { Effort.Thorough => 20, Effort.Brief => 5, _ => 1 };
        var starts = variants.ToDictionary(variant => variant, _ => new List<StartTimes>());
        // The first round fills the caches of the file system and is not counted.
        for (var round = 0; round <= rounds; round++)
        {
            progress.Report($"Round {round} of {rounds}");
            foreach (var (variant, times) in starts)
            {
                var time = await MeasureAsync(variant, cancellationToken);
                if (round > 0)
                {
                    times.Add(time);
                }
            }
        }

        return new SuiteReport(Name, effort, [.. starts.Select(variant => Describe(variant.Key, variant.Value))], [.. Ratios(starts)], []);
    }

    private static async Task<IReadOnlyList<StartVariant>> VariantsAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var own = typeof(StartSuite).Assembly.Location;
        List<StartVariant> variants =
        [
            new(StartVariant.Kestrel, own, ServerKinds.BareKestrel),
            new(StartVariant.Jit, own, ServerKinds.Counting),
        ];
        if (effort != Effort.Smoke)
        {
            progress.Report("Publishing with ReadyToRun");
            var ready = await ReadyToRun.PublishAsync(cancellationToken);
            variants.Add(new(StartVariant.KestrelReady, ready, ServerKinds.BareKestrel));
            variants.Add(new(StartVariant.Ready, ready, ServerKinds.Counting));
        }

        return variants;
    }

    private static async Task<StartTimes> MeasureAsync(StartVariant variant, CancellationToken cancellationToken)
    {
        var secret = ServerSettings.NewSecret();
        var body = WebhookBody.OfSize(1024);
        var ids = new SignedIds(secret, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), body, count: 1);
        using var connection = new WebhookConnection(ids, body);

        var started = Stopwatch.GetTimestamp();
        var process = ChildProcess.Start(
            Core.Any, "dotnet", ["exec", variant.Assembly, "serve", variant.Server], new Dictionary<string, string> { [ServerSettings.Secret] = secret });
        await using var server = await ChildServer.ListeningAsync(process, cancellationToken);
        var listening = Stopwatch.GetElapsedTime(started);
        await connection.ConnectAsync(server.Port, cancellationToken);
        var status = await connection.SendAsync(cancellationToken);
        var answered = Stopwatch.GetElapsedTime(started);
        return status == 200
            ? new StartTimes(listening.TotalMilliseconds, answered.TotalMilliseconds, Usage.Read(server.ProcessId).Cpu.TotalMilliseconds)
            : throw new InvalidOperationException($"The first webhook was answered {status}.");
    }

    private static Row Describe(StartVariant variant, List<StartTimes> times)
    {
        var row = new Row { { "process", variant.Name } };
        row.Add("ms until listening", new Sample(times.Select(time => time.Listening)));
        row.Add("ms until first 200", new Sample(times.Select(time => time.Answered)));
        row.Add("CPU ms", new Sample(times.Select(time => time.Cpu)));
        return row;
    }

    private static IEnumerable<Goal> Ratios(Dictionary<StartVariant, List<StartTimes>> starts)
    {
        var answered = starts.ToDictionary(variant => variant.Key.Name, variant => variant.Value.Select(time => time.Answered).ToList());
        yield return new Goal("app_vs_kestrel", Sample.Ratio(answered[StartVariant.Jit], answered[StartVariant.Kestrel]));
        if (answered.TryGetValue(StartVariant.Ready, out var ready))
        {
            yield return new Goal("readytorun_vs_jit", Sample.Ratio(ready, answered[StartVariant.Jit]));
            yield return new Goal("readytorun_app_vs_kestrel", Sample.Ratio(ready, answered[StartVariant.KestrelReady]));
        }
    }

    private sealed record StartTimes(double Listening, double Answered, double Cpu);
}
