using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using WebhookFunctions.Model;

namespace WebhookFunctions.Json;

/// <summary>Lenient readers of values in JSON from other systems. None of them throws, whatever it finds.</summary>
public static class JsonElementExtensions
{
    /// <summary>
    /// The maximum length of <see cref="Compact"/>, in characters. A column of Azure Tables holds 32 Ki characters, and what callers attach to a job
    /// is a few names and values.
    /// </summary>
    public const int MaxCompactCharacters = 8192;

    // Azure Tables begins in 1601. Times before 1970 or after 9000 are invalid for any service.
    private static readonly DateTimeOffset Earliest = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Returns the text of a property: a string as it is (lone surrogates kept), or a number in its own spelling. Returns null if it is missing,
    /// null, empty or anything else.
    /// </summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? Text(value) : null;

    /// <summary>Returns the text of <paramref name="value"/>, as <see cref="Text(JsonElement, string)"/> does.</summary>
    public static string? Text(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.String when Unescape(value) is { Length: > 0 } text => text,
        _ => null,
    };

    /// <summary>
    /// Returns the error text in a property, for an operator: its own text or, if it is an object, that object's <c>message</c> (<c>detail</c>,
    /// <c>error</c>, <c>reason</c>) or its compact JSON. Returns null if it is missing, null, false or empty.
    /// </summary>
    public static string? ErrorText(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Object when value.EnumerateObject().MoveNext() => value.FirstText("message", "detail", "error", "reason") ?? Compact(value),
            JsonValueKind.Array when value.GetArrayLength() > 0 => Compact(value),
            JsonValueKind.True => "true",
            _ => Text(value),
        };
    }

    /// <summary>Returns the object under <paramref name="name"/>; an undefined element if there is none.</summary>
    public static JsonElement Child(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object
            ? value
            : default;

    /// <summary>Returns the text of the first of the named properties that has one; null if none has.</summary>
    public static string? FirstText(this JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (element.Text(name) is { } text)
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>Returns the time, in UTC, of the first of the named properties that has one. A time without a zone is taken as UTC.</summary>
    public static DateTimeOffset? FirstTime(this JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (element.Text(name) is { } text
                && DateTimeOffset.TryParse(
                    text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                && time >= Earliest && time < Latest)
            {
                return time;
            }
        }

        return null;
    }

    /// <summary>Returns the first of the named properties that is a whole number of 32 bits.</summary>
    public static int? FirstNumber(this JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (int.TryParse(element.Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }
        }

        return null;
    }

    /// <summary>Returns whether a property exists and is not null.</summary>
    public static bool Has(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Returns a value's JSON without white space, for a column. It is cut after 8,192 characters.</summary>
    public static string Compact(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        var compact = new List<byte>();
        var inString = false;
        for (var i = 0; i < raw.Length && compact.Count < MaxCompactCharacters * 4; i++)
        {
            if (raw[i] == (byte)'"')
            {
                inString = !inString;
            }
            else if (inString && raw[i] == (byte)'\\')
            {
                compact.Add(raw[i++]);
            }
            else if (!inString && raw[i] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            compact.Add(raw[i]);
        }

        var text = Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(compact));
        return text.Length <= MaxCompactCharacters ? text : KeyEncoding.WellFormed(text[..(MaxCompactCharacters - 1)]) + "…";
    }

    // JsonElement.GetString throws for an escaped lone surrogate (\ud800), which JSON allows and an id may contain.
    private static string Unescape(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        if (raw.IndexOf((byte)'\\') < 0)
        {
            return Encoding.UTF8.GetString(raw);
        }

        var text = new StringBuilder(raw.Length);
        for (var escape = raw.IndexOf((byte)'\\'); escape >= 0; escape = raw.IndexOf((byte)'\\'))
        {
            text.Append(Encoding.UTF8.GetString(raw[..escape]));
            var kind = raw[escape + 1];
            raw = raw[(escape + 2)..];
            if (kind == (byte)'u')
            {
                text.Append((char)ushort.Parse(raw[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                raw = raw[4..];
            }
            else
            {
                text.Append(kind switch
                {
                    (byte)'b' => '\b',
                    (byte)'f' => '\f',
                    (byte)'n' => '\n',
                    (byte)'r' => '\r',
                    (byte)'t' => '\t',
                    _ => (char)kind,
                });
            }
        }

        return text.Append(Encoding.UTF8.GetString(raw)).ToString();
    }
}
