namespace Benchmarks.Reporting;

/// <summary>One figure, measured several times: the median, and how far apart the measurements were.</summary>
public readonly record struct Sample
{
    public Sample(IEnumerable<double> measurements)
    {
        double[] sorted = [.. measurements.Order()];
        if (sorted.Length == 0)
        {
            throw new ArgumentException("Nothing was measured.", nameof(measurements));
        }

        var middle = sorted.Length / 2;
        Median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        (Min, Max, Count) = (sorted[0], sorted[^1], sorted.Length);
    }

    public double Median { get; }

    public double Min { get; }

    public double Max { get; }

    public int Count { get; }

    /// <summary>How far the farthest measurement is from the median, as a part of it.</summary>
    public double Spread => Median == 0 ? 0 : Math.Max(Max - Median, Median - Min) / Median;

    /// <summary>
    /// The ratio of two figures that were measured in turn. Each round is divided separately, so that what slowed the machine in one round slowed both
    /// sides of its ratio.
    /// </summary>
    public static Sample Ratio(IReadOnlyList<double> numerators, IReadOnlyList<double> denominators) =>
        new(numerators.Zip(denominators, (numerator, denominator) => numerator / denominator));
}
