namespace Benchmarks.Reporting;

/// <summary>Figure that was measured several times: its median and its spread.</summary>
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

    /// <summary>Gets the largest distance of a measurement from the median, as a fraction of the median.</summary>
    public double Spread => Median == 0 ? 0 : Math.Max(Max - Median, Median - Min) / Median;

    /// <summary>
    /// Returns the ratio of two figures that were measured in turn. Each round is divided separately: what slowed the machine in a round slowed both
    /// figures of its ratio.
    /// </summary>
    public static Sample Ratio(IReadOnlyList<double> numerators, IReadOnlyList<double> denominators) =>
        new(numerators.Zip(denominators, (numerator, denominator) => numerator / denominator));
}
