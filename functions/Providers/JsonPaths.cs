using System.Globalization;
using System.Text.Json;
using WebhookFunctions.Json;

namespace WebhookFunctions.Providers;

/// <summary>
/// Reads values by paths: names with full stops between them, and a number for an element of a list. Of alternatives behind <c>|</c> the first that
/// is there counts: <c>data.id|data.task_id</c>. None of these throws for what it finds.
/// </summary>
internal static class JsonPaths
{
    /// <summary>Returns the value at a path without alternatives; an undefined one where there is none.</summary>
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

    /// <summary>Returns the text at the first of the alternatives that has one; null where none has, and for an empty path.</summary>
    public static string? TextAt(this JsonElement element, string? paths) => First(paths, path => element.At(path).Text());

    /// <summary>Returns what the first of the alternatives says of an error, as <see cref="JsonElementExtensions.ErrorText"/> reads it; null where none does.</summary>
    public static string? ErrorAt(this JsonElement element, string? paths) => First(paths, path => Named(element, path, (parent, name) => parent.ErrorText(name)));

    /// <summary>Returns the first time that one of the alternatives holds: a text, or Unix seconds or milliseconds; null where none does.</summary>
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

    /// <summary>The alternatives in a path.</summary>
    public static string[] Alternatives(string? paths) => string.IsNullOrEmpty(paths) ? [] : paths.Split('|');

    private static string? First(string? paths, Func<string, string?> read) => Alternatives(paths).Select(read).FirstOrDefault(text => text is not null);

    private static T? Named<T>(JsonElement element, string path, Func<JsonElement, string, T?> read)
    {
        var dot = path.LastIndexOf('.');
        return read(dot < 0 ? element : element.At(path[..dot]), path[(dot + 1)..]);
    }

    // Seconds below 1e11, which is the year 5138; milliseconds from there on, up to the year 5138.
    private static DateTimeOffset? FromUnix(long value) => value switch
    {
        > 0 and < 100_000_000_000 => DateTimeOffset.FromUnixTimeSeconds(value),
        >= 100_000_000_000 and < 100_000_000_000_000 => DateTimeOffset.FromUnixTimeMilliseconds(value),
        _ => null,
    };
}
