using System.Text.Json;
using System.Text.RegularExpressions;
using FunctionsHost.Hosting;

namespace FunctionsHost.Functions;

/// <summary>
/// Reader that reads a binding in a function's metadata. Names ignore case. In a value, <c>%NAME%</c> stands for the setting of that name:
/// https://learn.microsoft.com/azure/azure-functions/functions-bindings-expressions-patterns.
/// </summary>
internal readonly partial struct BindingReader(string function, JsonElement binding, IReadOnlyDictionary<string, string> settings)
{
    public string Required(string name) =>
        Text(name) ?? throw new FunctionsHostException($"Function {function}: its trigger has no {name}.");

    public string? Text(string name) => Value(binding, name) is { ValueKind: JsonValueKind.String } text ? Resolve(text.GetString()!) : null;

    public bool? Flag(string name) => Value(binding, name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag ? flag.GetBoolean() : null;

    public IReadOnlyList<string> Texts(string name) => Value(binding, name) is { ValueKind: JsonValueKind.Array } texts
        ? [.. texts.EnumerateArray().Select(text => text.GetString()!)]
        : [];

    /// <summary>Returns a value of the object <c>properties</c>, as text.</summary>
    public string? Property(string name) =>
        Value(binding, "properties") is { ValueKind: JsonValueKind.Object } properties ? Value(properties, name)?.ToString() : null;

    private static JsonElement? Value(JsonElement parent, string name)
    {
        foreach (var property in parent.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return property.Value;
            }
        }

        return null;
    }

    private string Resolve(string value)
    {
        var (owner, known) = (function, settings);
        return Reference().Replace(value, reference => known.TryGetValue(reference.Groups["name"].Value, out var setting)
            ? setting
            : throw new FunctionsHostException($"Function {owner}: setting {reference.Groups["name"].Value}, which its trigger names, is missing."));
    }

    [GeneratedRegex("%(?<name>[^%]+)%")]
    private static partial Regex Reference();
}
