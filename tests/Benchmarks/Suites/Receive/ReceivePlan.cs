namespace Benchmarks.Suites.Receive;

/// <summary>What a webhook weighs and how many senders there are.</summary>
internal readonly record struct Shape(int BodyKiB, int Connections)
{
    public int BodyBytes => BodyKiB * 1024;

    public override string ToString() => $"{BodyKiB} KiB, {Connections} connections";
}

/// <summary>How long what is measured.</summary>
/// <param name="Shapes">In which shapes; the first is the typical one.</param>
/// <param name="Rounds">How often every contender has its turn.</param>
/// <param name="Seconds">How long a turn is.</param>
/// <param name="LeadSeconds">How long it runs before it is measured.</param>
/// <param name="ColdSeconds">How long the first run of a fresh process is.</param>
/// <param name="WarmUpSeconds">How long each is run after that, before the first round: on one core the compiler takes half a minute.</param>
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
