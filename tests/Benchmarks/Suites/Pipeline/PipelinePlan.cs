namespace Benchmarks.Suites.Pipeline;

/// <summary>Parameters of one measurement.</summary>
/// <param name="Events">The number of webhooks.</param>
/// <param name="Calls">The maximum number of concurrent calls for each queue.</param>
/// <param name="ExistingRows">The number of rows that the table of events already holds.</param>
internal sealed record PipelineRun(int Events, int Calls, int ExistingRows)
{
    /// <summary>Gets the number of webhooks that are sent first and not counted, so that the app and Azurite are warm.</summary>
    public int WarmUp => Math.Clamp(Events / 5, 1, 150);
}

/// <summary>Measurements of the suite, in their order.</summary>
internal static class PipelinePlan
{
    /// <summary>The default number of concurrent calls. Measurements with other numbers, and with more rows, are compared with it.</summary>
    public const int DefaultCalls = 16;

    public static IReadOnlyList<PipelineRun> For(Effort effort) => effort switch
    {
        Effort.Thorough =>
        [
            new(2_000, 4, 0),
            new(2_000, DefaultCalls, 0),
            new(2_000, 64, 0),
            new(2_000, DefaultCalls, 100_000),
            new(2_000, DefaultCalls, 1_000_000),
            // Last, because Azurite takes half an hour for it.
            new(10_000, DefaultCalls, 0),
        ],
        Effort.Brief => [new(400, 4, 0), new(400, DefaultCalls, 0), new(400, 64, 0), new(400, DefaultCalls, 20_000)],
        _ => [new(6, DefaultCalls, 0), new(6, 4, 100)],
    };
}
