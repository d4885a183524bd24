using System.Buffers;
using System.Text.Json;

namespace WebhookFunctions.Json;

/// <summary>
/// Reader of a few values from a JSON document of any size, which is read as a stream and never held whole. A path is the names from the
/// root on, separated by full stops, with <c>*</c> for every element of an array: <c>response.files.*.uri</c>.
/// </summary>
public sealed class JsonFields
{
    /// <summary>The maximum length of a text. Longer ones are content and are left out; only names and states are needed.</summary>
    public const int MaxText = 8192;

    private const int FirstBuffer = 16 * 1024;

    // Large enough for the longest text with every character escaped. Longer tokens are skipped: results may be embedded as base64.
    private const int MaxBuffer = 64 * 1024;

    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wanted;
    private readonly List<string> _path = [];
    private readonly int _maxDepth;

    private JsonFields(IReadOnlyList<string> paths)
    {
        _wanted = new HashSet<string>(paths, StringComparer.Ordinal);
        _maxDepth = paths.Max(path => path.Count(letter => letter == '.') + 1);
    }

    private static readonly SearchValues<byte> BeforeText = SearchValues.Create(" \t\r\n:,"u8);

    private readonly HashSet<string> _present = new(StringComparer.Ordinal);

    /// <summary>Returns the first value at the first of <paramref name="paths"/> that has one: a string, a number in its own spelling, <c>true</c>
    /// or <c>false</c>.</summary>
    public string? First(params ReadOnlySpan<string> paths)
    {
        foreach (var path in paths)
        {
            if (All(path) is [var value, ..])
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Returns whether there is a value at <paramref name="path"/>, including objects and arrays.</summary>
    public bool Has(string path) => _present.Contains(path);

    /// <summary>Returns all values at <paramref name="path"/>, in the document's order.</summary>
    public IReadOnlyList<string> All(string path) => _values.TryGetValue(path, out var values) ? values : [];

    /// <summary>Reads a document to its end.</summary>
    /// <exception cref="JsonException">The content is not one JSON value.</exception>
    public static async Task<JsonFields> ReadAsync(Stream content, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var fields = new JsonFields(paths);
        var state = new JsonReaderState(new JsonReaderOptions { MaxDepth = 256 });
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var filled = 0;
        try
        {
            while (true)
            {
                var read = await content.ReadAsync(buffer.AsMemory(filled), cancellationToken);
                filled += read;
                var consumed = fields.Parse(buffer.AsSpan(0, filled), isFinal: read == 0, ref state);
                if (read == 0)
                {
                    return fields;
                }

                filled -= consumed;
                buffer.AsSpan(consumed, filled).CopyTo(buffer);
                if (filled == buffer.Length)
                {
                    if (buffer.Length >= MaxBuffer)
                    {
                        filled = await SkipTextAsync(content, buffer, cancellationToken);
                        continue;
                    }

                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, filled).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Skips a text that fills the whole buffer, and leaves an empty text in its place. Returns how much of the buffer is filled.
    /// </summary>
    private static async ValueTask<int> SkipTextAsync(Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        var quote = buffer.AsSpan().IndexOfAnyExcept(BeforeText);
        if (quote < 0 || buffer[quote] != (byte)'"')
        {
            throw new JsonException("A value other than a text is longer than the limit.");
        }

        // The empty text's two quotation marks take the place of the first one.
        var prefixLength = quote + 2;
        var isEscaped = false;
        for (var (from, to) = (quote + 1, buffer.Length); ;)
        {
            for (var i = from; i < to; i++)
            {
                if (!isEscaped && buffer[i] == (byte)'"')
                {
                    buffer[quote + 1] = (byte)'"';
                    buffer.AsSpan((i + 1)..to).CopyTo(buffer.AsSpan(prefixLength));
                    return prefixLength + to - (i + 1);
                }

                isEscaped = !isEscaped && buffer[i] == (byte)'\\';
            }

            from = prefixLength;
            to = prefixLength + await content.ReadAsync(buffer.AsMemory(prefixLength), cancellationToken);
            if (to == from)
            {
                throw new JsonException("The document ends within a text.");
            }
        }
    }

    private int Parse(ReadOnlySpan<byte> bytes, bool isFinal, ref JsonReaderState state)
    {
        var reader = new Utf8JsonReader(bytes, isFinal, state);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    Enter(reader.CurrentDepth, reader.CurrentDepth <= _maxDepth ? Text(ref reader) ?? "" : "");
                    break;
                case JsonTokenType.StartArray:
                    MarkPresent(reader.CurrentDepth);
                    Enter(reader.CurrentDepth + 1, "*");
                    break;
                case JsonTokenType.StartObject:
                    MarkPresent(reader.CurrentDepth);
                    break;
                case JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                    Collect(ref reader);
                    break;
            }
        }

        state = reader.CurrentState;
        return (int)reader.BytesConsumed;
    }

    private void Enter(int depth, string name)
    {
        while (_path.Count < depth)
        {
            _path.Add("");
        }

        _path[depth - 1] = name;
    }

    private void MarkPresent(int depth)
    {
        if (depth <= _maxDepth && string.Join('.', _path.Take(depth)) is var path && _wanted.Contains(path))
        {
            _present.Add(path);
        }
    }

    private void Collect(ref Utf8JsonReader reader)
    {
        MarkPresent(reader.CurrentDepth);
        if (reader.CurrentDepth > _maxDepth || reader.ValueSpan.Length > MaxText)
        {
            return;
        }

        var path = string.Join('.', _path.Take(reader.CurrentDepth));
        if (_wanted.Contains(path) && Text(ref reader) is { Length: > 0 } text)
        {
            if (!_values.TryGetValue(path, out var values))
            {
                _values.Add(path, values = []);
            }

            values.Add(text);
        }
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
        {
            return System.Text.Encoding.UTF8.GetString(reader.ValueSpan);
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // The text contains an escaped lone surrogate, which no name or state of an API has.
            return null;
        }
    }
}
