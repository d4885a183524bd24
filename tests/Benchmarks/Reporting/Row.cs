using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Benchmarks.Reporting;

/// <summary>Row of a suite's table.</summary>
public sealed class Row : IEnumerable<Row.Field>
{
    private readonly List<Field> _fields = [];

    /// <summary>Value of one column.</summary>
    /// <param name="Name">The column's name in the table and in the JSON.</param>
    /// <param name="Text">The value in the table.</param>
    /// <param name="Json">The value in the JSON.</param>
    public sealed record Field(string Name, string Text, JsonNode? Json);

    /// <summary>Adds a text.</summary>
    public void Add(string name, string value) => _fields.Add(new(name, value, value));

    /// <summary>Adds a figure that was measured once.</summary>
    public void Add(string name, double value, string format = "N0") =>
        _fields.Add(new(name, value.ToString(format, CultureInfo.InvariantCulture), Finite(value)));

    /// <summary>Adds a figure with its spread.</summary>
    public void Add(string name, Sample sample, string format = "N0")
    {
        var text = sample.Median.ToString(format, CultureInfo.InvariantCulture);
        if (sample.Count > 1)
        {
            text = string.Create(CultureInfo.InvariantCulture, $"{text} ±{100 * sample.Spread:N0}%");
        }

        _fields.Add(new(name, text, Json(sample)));
    }

    /// <summary>Returns the median, the extremes and the number of measurements.</summary>
    public static JsonObject Json(Sample sample) => new()
    {
        ["median"] = Finite(sample.Median),
        ["min"] = Finite(sample.Min),
        ["max"] = Finite(sample.Max),
        ["count"] = sample.Count,
    };

    public IEnumerator<Field> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // JSON cannot represent infinity or NaN.
    private static JsonNode? Finite(double value) => double.IsFinite(value) ? Math.Round(value, 6) : null;
}
