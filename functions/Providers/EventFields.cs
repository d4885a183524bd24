using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using WebhookFunctions.Receiving;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Providers;

/// <summary>What providers read out of an event's JSON, beside its texts (<see cref="EventJson"/>). None of these throws for what it finds.</summary>
public static class EventFields
{
    // A column of Azure Tables holds 32 Ki characters; what a caller attaches to a job is a few names and values.
    private const int MaxMetadataCharacters = 8192;

    // Azure Tables begins in 1601. No service generated anything before 1970, and nothing will be read after 9000.
    private static readonly DateTimeOffset Earliest = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The first of the named properties that holds text; null where none does.</summary>
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

    /// <summary>The first of the named properties that holds a time, as UTC; a time without a zone is taken as UTC.</summary>
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

    /// <summary>The first of the named properties that holds a whole number of 32 bits.</summary>
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

    /// <summary>The elements of the array under <paramref name="name"/>; none where there is no array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray()
            : [];

    /// <summary>Whether a property is there and holds something other than null.</summary>
    public static bool Has(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A value's JSON without white space, for a column: at most 8,192 characters, a longer one cut.</summary>
    public static string Compact(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        var compact = new List<byte>();
        var inString = false;
        for (var i = 0; i < raw.Length && compact.Count < MaxMetadataCharacters * 4; i++)
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
        return text.Length <= MaxMetadataCharacters ? text : KeyEncoding.WellFormed(text[..(MaxMetadataCharacters - 1)]) + "…";
    }
}
