using Benchmarks.Processes;
using Benchmarks.Reporting;

namespace Benchmarks.Suites.Receive;

/// <summary>Benchmark that measures the webhooks a second on one core, of the app, of bare Kestrel, and of an Express handler that stores nothing.</summary>
public sealed class ReceiveSuite : ISuite
{
    public string Name => "receive";

    public string Description => "Webhooks a second on one core, compared with bare Kestrel and an Express handler.";

    public async Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var plan = ReceivePlan.For(effort);
        var typical = plan.Shapes[0];
        await using var contenders = await Contenders.StartAsync(cancellationToken);
        var rows = new List<Row>();
        foreach (var contender in contenders.All)
        {
            progress.Report($"{contender.Name}: cold, then {plan.WarmUpSeconds} s of warm-up");
            var cold = await contenders.RunAsync(contender, typical, plan.ColdSeconds, leadSeconds: 0, cancellationToken);
            rows.Add(TurnTable.Describe("cold", typical, contender.Name, [cold]));
            foreach (var shape in plan.Shapes)
            {
                await contenders.RunAsync(contender, shape, plan.WarmUpSeconds / plan.Shapes.Count, leadSeconds: 0, cancellationToken);
            }
        }

        var turns = new TurnTable();
        foreach (var shape in plan.Shapes)
        {
            for (var round = 1; round <= plan.Rounds; round++)
            {
                progress.Report($"{shape}: round {round} of {plan.Rounds}");
                foreach (var contender in contenders.All)
                {
                    turns.Add(shape, contender.Name, await contenders.RunAsync(contender, shape, plan.Seconds, plan.LeadSeconds, cancellationToken));
                }
            }

            rows.AddRange(contenders.All.Select(contender => TurnTable.Describe("warm", shape, contender.Name, turns[shape, contender.Name])));
        }

        var half = (int)(new Sample(turns[typical, Contenders.Durable].Select(turn => turn.Load.PerSecond)).Median / 2);
        progress.Report($"{Contenders.Durable}: a fixed rate of {half} webhooks a second");
        var steady = await contenders.RunAsync(
            contenders[Contenders.Durable], typical, plan.Seconds * 2, plan.LeadSeconds, cancellationToken, rate: half);
        rows.Add(TurnTable.Describe("fixed rate", typical, Contenders.Durable, [steady]));

        var ratios = plan.Shapes.SelectMany((shape, index) => Ratios(turns, shape, index == 0 ? "" : $"_{shape.BodyKiB}kib_{shape.Connections}c")).ToList();
        ratios.Add(new Goal("durable_fixed_rate_p99_ms", new Sample([steady.Load.P99])));
        return new SuiteReport(Name, effort, rows, ratios, Notes(turns));
    }

    private static IEnumerable<Goal> Ratios(TurnTable turns, Shape shape, string suffix) =>
    [
        Goal.Minimum($"counting_vs_express{suffix}", turns.Ratio(shape, Contenders.Counting, Contenders.Express), 10),
        Goal.Minimum($"counting_vs_kestrel{suffix}", turns.Ratio(shape, Contenders.Counting, Contenders.Kestrel), 0.7),
        Goal.Minimum($"durable_vs_express{suffix}", turns.Ratio(shape, Contenders.Durable, Contenders.Express), 4),
    ];

    private static List<string> Notes(TurnTable turns)
    {
        List<string> notes = [];
        if (!ChildProcess.CanPin)
        {
            notes.Add("The server and the load generator disturbed each other, because this system cannot pin a process to a core.");
        }

        if (turns.All.Any(turn => turn.Load.LoadCpuSeconds > 0.95 * turn.Load.Seconds && turn.Load.ServerCpuSeconds < 0.9 * turn.Load.Seconds))
        {
            notes.Add("In some rounds the load generator was the bottleneck and not the server: see the columns 'busy'.");
        }

        return notes;
    }
}
