using System.Globalization;
using System.Text.Json;
using WebhookFunctions.Json;

namespace WebhookFunctions.Providers;

/// <summary>
/// Readers of values by paths: names separated by full stops, with a number for an element of a list. Alternatives are separated by <c>|</c>, and
/// the first that exists is used: <c>data.id|data.task_id</c>. None of them throws, whatever it finds.
/// </summary>
internal static class JsonPaths
{
    /// <summary>Returns the value at a path without alternatives; an undefined element if there is none.</summary>
    public static JsonElement At(this JsonElement element, string path)
    {
        foreach (var name in path.Length == 0 ? [] : path.Split('.'))
        {
            element = element.ValueKind switch
            {
                JsonValueKind.Object when element.TryGetProperty(name, out var value) => value,
                JsonValueKind.Array when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < element.GetArrayLength() => element[index],
                _ => default,
            };
        }

        return element;
    }

    /// <summary>Returns the text at the first of the alternatives that has one; null if none has, or if the path is empty.</summary>
    public static string? TextAt(this JsonElement element, string? paths) => First(paths, path => element.At(path).Text());

    /// <summary>Returns the error text at the first of the alternatives that has one, as <see cref="JsonElementExtensions.ErrorText"/> reads it;
    /// null if none has.</summary>
    public static string? ErrorAt(this JsonElement element, string? paths) => First(paths, path => Named(element, path, (parent, name) => parent.ErrorText(name)));

    /// <summary>Returns the time at the first of the alternatives that has one: a text, or Unix seconds or milliseconds. Null if none has.</summary>
    public static DateTimeOffset? TimeAt(this JsonElement element, string? paths)
    {
        foreach (var path in Alternatives(paths))
        {
            if (Named(element, path, (parent, name) => parent.FirstTime(name)) is { } time)
            {
                return time;
            }

            if (element.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) && FromUnix(value) is { } unix)
            {
                return unix;
            }
        }

        return null;
    }

    /// <summary>Returns the alternatives in a path.</summary>
    public static string[] Alternatives(string? paths) => string.IsNullOrEmpty(paths) ? [] : paths.Split('|');

    private static string? First(string? paths, Func<string, string?> read) => Alternatives(paths).Select(read).FirstOrDefault(text => text is not null);

    private static T? Named<T>(JsonElement element, string path, Func<JsonElement, string, T?> read)
    {
        var dot = path.LastIndexOf('.');
        return read(dot < 0 ? element : element.At(path[..dot]), path[(dot + 1)..]);
    }

    // A value below 1e11 is in seconds, up to the year 5138. A greater one is in milliseconds, also up to the year 5138.
    private static DateTimeOffset? FromUnix(long value) => value switch
    {
        > 0 and < 100_000_000_000 => DateTimeOffset.FromUnixTimeSeconds(value),
        >= 100_000_000_000 and < 100_000_000_000_000 => DateTimeOffset.FromUnixTimeMilliseconds(value),
        _ => null,
    };
}
