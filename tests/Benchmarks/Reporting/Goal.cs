using System.Globalization;

namespace Benchmarks.Reporting;

/// <summary>Ratio or other key figure, with its goal.</summary>
/// <param name="Name">The figure's name in the JSON.</param>
/// <param name="Value">The measured value.</param>
/// <param name="Limit">The limit that <paramref name="Value"/> must reach or not exceed; null for a figure without a goal.</param>
/// <param name="AtMost">Whether <paramref name="Limit"/> is a maximum and not a minimum.</param>
public sealed record Goal(string Name, Sample Value, double? Limit = null, bool AtMost = false)
{
    /// <summary>Returns a figure that meets its goal if its median is at least <paramref name="limit"/>.</summary>
    public static Goal Minimum(string name, Sample value, double limit) => new(name, value, limit);

    /// <summary>Returns a figure that meets its goal if its median is at most <paramref name="limit"/>.</summary>
    public static Goal Maximum(string name, Sample value, double limit) => new(name, value, limit, AtMost: true);

    /// <summary>Gets whether the goal was met; null where there is none.</summary>
    public bool? IsMet => Limit is not { } limit ? null : AtMost ? Value.Median <= limit : Value.Median >= limit;

    /// <summary>Gets the goal as text, such as "≥ 0.7".</summary>
    public string Aim => Limit is not { } limit ? "" : $"{(AtMost ? "≤" : "≥")} {limit.ToString("0.##", CultureInfo.InvariantCulture)}";
}
