using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Benchmarks.Reporting;

/// <summary>A line of a suite's table.</summary>
public sealed class Row : IEnumerable<Row.Field>
{
    private readonly List<Field> _fields = [];

    /// <summary>One column's value.</summary>
    /// <param name="Name">The column's name, as it stands in the JSON.</param>
    /// <param name="Text">The value as the table shows it.</param>
    /// <param name="Json">The value as the JSON has it.</param>
    public sealed record Field(string Name, string Text, JsonNode? Json);

    /// <summary>Adds what the row is about.</summary>
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

    /// <summary>Median, extremes and how many there were.</summary>
    public static JsonObject Json(Sample sample) => new()
    {
        ["median"] = Finite(sample.Median),
        ["min"] = Finite(sample.Min),
        ["max"] = Finite(sample.Max),
        ["count"] = sample.Count,
    };

    public IEnumerator<Field> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // JSON has no word for infinity, nor for what is not a number.
    private static JsonNode? Finite(double value) => double.IsFinite(value) ? Math.Round(value, 6) : null;
}
