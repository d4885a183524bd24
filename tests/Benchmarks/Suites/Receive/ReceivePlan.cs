namespace Benchmarks.Suites.Receive;

/// <summary>Size of a webhook's body and number of connections.</summary>
internal readonly record struct Shape(int BodyKiB, int Connections)
{
    public int BodyBytes => BodyKiB * 1024;

    public override string ToString() => $"{BodyKiB} KiB, {Connections} connections";
}

/// <summary>Shapes and durations of the suite's measurements.</summary>
/// <param name="Shapes">The shapes of the load; the first is the typical one.</param>
/// <param name="Rounds">The number of turns that every contender has for each shape.</param>
/// <param name="Seconds">The duration of a turn's measurement.</param>
/// <param name="LeadSeconds">The duration of the load before a turn's measurement.</param>
/// <param name="ColdSeconds">The duration of the first measurement, of the process as it started.</param>
/// <param name="WarmUpSeconds">The duration of the warm-up after that: the JIT compiler takes half a minute on one core.</param>
internal sealed record ReceivePlan(
    IReadOnlyList<Shape> Shapes, int Rounds, double Seconds, double LeadSeconds, double ColdSeconds, double WarmUpSeconds)
{
    private static readonly Shape[] AllShapes = [new(1, 32), new(1, 128), new(64, 32), new(64, 128)];

    public static ReceivePlan For(Effort effort) => effort switch
    {
        Effort.Thorough => new(AllShapes, 5, 8, 0.5, 5, 40),
        Effort.Brief => new(AllShapes, 3, 0.8, 0.2, 0.8, 5),
        _ => new([new(1, 4), new(64, 4)], 1, 0.2, 0.05, 0.1, 0.2),
    };
}
