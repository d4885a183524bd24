using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace WebhookFunctions.Json;

/// <summary>Strict reading of a webhook's body: RFC 8259 JSON, one object, valid UTF-8, no name twice, bounded depth. A byte order mark is skipped.</summary>
public static class EventJson
{
    // The providers' deepest documented event has a depth of 4.
    private static readonly JsonDocumentOptions Options = new()
    {
        MaxDepth = 64,
        // Two readers of one body must not see two different values.
        AllowDuplicateProperties = false,
    };

    // Names of the objects that are open at one place of a body. The deepest documented event has 30.
    private const int MaxOpenNames = 128;

    // Each name is compared with those before it in its object: a forged body must not make that a great many.
    private const int MaxNamesOfObject = 32;

    /// <summary>
    /// Whether <see cref="TryParse"/> would return a document, determined in one pass without making one. Most providers send the webhook id in a
    /// header, and to parse a document of 64 KiB costs more than to verify its signature.
    /// </summary>
    public static bool IsObject(ReadOnlyMemory<byte> body)
    {
        body = WithoutMark(body);
        if (!Utf8.IsValid(body.Span))
        {
            return false;
        }

        try
        {
            if (HasDistinctNames(body.Span) is { } sound)
            {
                return sound;
            }
        }
        catch (JsonException)
        {
            return false;
        }

        using var document = TryParse(body);
        return document is not null;
    }

    /// <summary>The document, or null where the body is not one JSON object by these rules.</summary>
    public static JsonDocument? TryParse(ReadOnlyMemory<byte> body)
    {
        body = WithoutMark(body);
        if (!Utf8.IsValid(body.Span))
        {
            return null;
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, Options);
        }
        // The second where a name holds an escaped lone surrogate. No provider has such names, and every look at the object would throw.
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        document.Dispose();
        return null;
    }

    /// <summary>Says why <see cref="TryParse"/> gives no document, in words for a person and without anything that the body holds.</summary>
    public static string Problem(ReadOnlyMemory<byte> body)
    {
        body = WithoutMark(body);
        if (!Utf8.IsValid(body.Span))
        {
            return "The body is not valid UTF-8.";
        }

        try
        {
            using var document = JsonDocument.Parse(body, Options with { AllowDuplicateProperties = true });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? "The body holds a name twice in one object, or a name that is no text."
                : "The body is JSON, and not an object.";
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return malformed is JsonException { LineNumber: { } line, BytePositionInLine: { } position }
                ? string.Create(CultureInfo.InvariantCulture, $"The body is not strict JSON from line {line + 1}, byte {position + 1} on.")
                : "The body is not strict JSON.";
        }
    }

    // RFC 8259, 8.1: a parser may skip it.
    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> body) => body.Span.StartsWith("\ufeff"u8) ? body[3..] : body;

    /// <summary>Whether the body is an object in which no name stands twice; null where that takes more than a look: escaped names, or a great many.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    private static bool? HasDistinctNames(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        // The names of all open objects, one object's after the other's, and where each object's begin.
        Span<(int Start, int Length)> names = stackalloc (int, int)[MaxOpenNames];
        Span<int> firstNames = stackalloc int[Options.MaxDepth + 1];
        var count = 0;
        var isObject = true;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    firstNames[reader.CurrentDepth] = count;
                    break;
                case JsonTokenType.EndObject:
                    count = firstNames[reader.CurrentDepth];
                    break;
                case JsonTokenType.PropertyName:
                    var own = names[firstNames[reader.CurrentDepth - 1]..count];
                    if (reader.ValueIsEscaped || count == MaxOpenNames || own.Length == MaxNamesOfObject)
                    {
                        return null;
                    }

                    var name = reader.ValueSpan;
                    foreach (var (start, length) in own)
                    {
                        if (length == name.Length && body.Slice(start, length).SequenceEqual(name))
                        {
                            return false;
                        }
                    }

                    // Behind the quotation mark.
                    names[count++] = ((int)reader.TokenStartIndex + 1, name.Length);
                    break;
                default:
                    isObject &= reader.CurrentDepth > 0;
                    break;
            }
        }

        return isObject;
    }
}
