using System.Globalization;

namespace Benchmarks.Reporting;

/// <summary>A ratio, or another figure that counts, and what it is to be.</summary>
/// <param name="Name">Its name in the JSON.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Limit">What it is to be at least, or at most; null for a figure without a goal.</param>
/// <param name="AtMost">Whether <paramref name="Limit"/> is the highest good value, and not the lowest.</param>
public sealed record Goal(string Name, Sample Value, double? Limit = null, bool AtMost = false)
{
    public static Goal Least(string name, Sample value, double limit) => new(name, value, limit);

    public static Goal Most(string name, Sample value, double limit) => new(name, value, limit, AtMost: true);

    /// <summary>Whether the goal was reached; null where there is none.</summary>
    public bool? IsMet => Limit is not { } limit ? null : AtMost ? Value.Median <= limit : Value.Median >= limit;

    /// <summary>The goal in words.</summary>
    public string Aim => Limit is not { } limit ? "" : $"{(AtMost ? "≤" : "≥")} {limit.ToString("0.##", CultureInfo.InvariantCulture)}";
}
