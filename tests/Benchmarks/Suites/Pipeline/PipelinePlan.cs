namespace Benchmarks.Suites.Pipeline;

/// <summary>One measurement.</summary>
/// <param name="Events">How many webhooks are sent.</param>
/// <param name="Calls">Functions of a queue that run at once.</param>
/// <param name="RowsThere">Rows that the table of events holds already.</param>
internal sealed record PipelineRun(int Events, int Calls, int RowsThere)
{
    /// <summary>How many webhooks are sent before those that count: both compilers, this one and Azurite's, have to have been there.</summary>
    public int WarmUp => Math.Clamp(Events / 5, 1, 150);
}

/// <summary>What is measured, in this order.</summary>
internal static class PipelinePlan
{
    /// <summary>The downloads at once that the app has by default, and for which growth is reported.</summary>
    public const int UsualCalls = 16;

    public static IReadOnlyList<PipelineRun> For(Effort effort) => effort switch
    {
        Effort.Thorough =>
        [
            new(2_000, 4, 0),
            new(2_000, UsualCalls, 0),
            new(2_000, 64, 0),
            new(2_000, UsualCalls, 100_000),
            new(2_000, UsualCalls, 1_000_000),
            // Last: it takes Azurite half an hour.
            new(10_000, UsualCalls, 0),
        ],
        Effort.Brief => [new(400, 4, 0), new(400, UsualCalls, 0), new(400, 64, 0), new(400, UsualCalls, 20_000)],
        _ => [new(6, UsualCalls, 0), new(6, 4, 100)],
    };
}
