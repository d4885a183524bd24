using Benchmarks.Reporting;

namespace Benchmarks.Suites.Receive;

/// <summary>Table of all turns, by shape and contender.</summary>
internal sealed class TurnTable
{
    private readonly Dictionary<(Shape Shape, string Contender), List<Turn>> _turns = [];

    public IReadOnlyList<Turn> this[Shape shape, string contender] => _turns[(shape, contender)];

    public IEnumerable<Turn> All => _turns.Values.SelectMany(turns => turns);

    public void Add(Shape shape, string contender, Turn turn)
    {
        if (!_turns.TryGetValue((shape, contender), out var turns))
        {
            _turns[(shape, contender)] = turns = [];
        }

        turns.Add(turn);
    }

    /// <summary>Returns the ratio of one contender's webhooks a second to another's, computed for each round.</summary>
    public Sample Ratio(Shape shape, string contender, string other) =>
        Sample.Ratio([.. this[shape, contender].Select(turn => turn.Load.PerSecond)], [.. this[shape, other].Select(turn => turn.Load.PerSecond)]);

    /// <summary>Returns a row of the suite's table.</summary>
    public static Row Describe(string phase, Shape shape, string contender, IReadOnlyList<Turn> turns)
    {
        var row = new Row { { "server", contender }, { "phase", phase } };
        row.Add("body KiB", shape.BodyKiB);
        row.Add("connections", shape.Connections);
        row.Add("req/s", Sample(turn => turn.Load.PerSecond));
        row.Add("p50 ms", Sample(turn => turn.Load.P50), "N2");
        row.Add("p99 ms", Sample(turn => turn.Load.P99), "N2");
        row.Add("CPU ms per 1,000", Sample(turn => turn.Load.ServerCpuSeconds * 1_000_000 / turn.Load.Completed), "N1");
        row.Add("server busy %", Sample(turn => 100 * turn.Load.ServerCpuSeconds / turn.Load.Seconds));
        row.Add("load busy %", Sample(turn => 100 * turn.Load.LoadCpuSeconds / turn.Load.Seconds));
        row.Add("MiB", Sample(turn => turn.Load.ServerMiB));
        if (turns[0].AllocatedBytes is not null)
        {
            row.Add("bytes allocated", Sample(turn => turn.AllocatedBytes!.Value));
        }

        return row;

        Sample Sample(Func<Turn, double> figure) => new(turns.Select(figure));
    }
}
