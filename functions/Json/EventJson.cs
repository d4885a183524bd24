using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace WebhookFunctions.Json;

/// <summary>Strict parser of webhook bodies: RFC 8259 JSON, one object, valid UTF-8, no duplicate names, bounded depth. A byte order mark is
/// skipped.</summary>
public static class EventJson
{
    // The deepest documented event of a provider has a depth of 4.
    private static readonly JsonDocumentOptions Options = new()
    {
        MaxDepth = 64,
        // With duplicate names, two readers of one body could see two different values.
        AllowDuplicateProperties = false,
    };

    // The maximum number of names in all objects that are open at one place. The deepest documented event has 30.
    private const int MaxOpenNames = 128;

    // The maximum number of names in an object. Each is compared with all before it, which a forged body could make expensive.
    private const int MaxNamesOfObject = 32;

    /// <summary>
    /// Returns whether <see cref="TryParse"/> would return a document, in one pass and without building one. Most providers send the webhook id in a
    /// header, and parsing a document of 64 KiB costs more than verifying its signature.
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

    /// <summary>Parses a body. Returns null if it is not one JSON object by these rules.</summary>
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
        // InvalidOperationException is thrown for a name with an escaped lone surrogate. No provider has such names, and every later lookup in the
        // object would throw.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
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

    /// <summary>Returns why <see cref="TryParse"/> returns null, as text for an operator, without any content of the body.</summary>
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
                ? "The body contains a name twice in one object, or a name that is not valid text."
                : "The body is JSON but not an object.";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return exception is JsonException { LineNumber: { } line, BytePositionInLine: { } position }
                ? string.Create(CultureInfo.InvariantCulture, $"The body is not strict JSON from line {line + 1}, byte {position + 1} on.")
                : "The body is not strict JSON.";
        }
    }

    // RFC 8259, 8.1, allows a parser to skip a byte order mark.
    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> body) => body.Span.StartsWith("\ufeff"u8) ? body[3..] : body;

    /// <summary>Returns whether the body is an object without duplicate names; null if this scan cannot tell, because names are escaped or too
    /// many.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    private static bool? HasDistinctNames(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        // The names of all open objects, one object after the other, and where each object's names begin.
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

                    // The name begins after the quotation mark.
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
