using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace WebhookFunctions.Json;

/// <summary>Reads JSON Lines as a stream: one object in each line, by the rules of <see cref="EventJson"/>. No more than one line is in memory, and no more of it than a bound.</summary>
public static class JsonLines
{
    /// <summary>The longest line that is read, in bytes: a line names one job, with what it was made from.</summary>
    public const int MaxLineBytes = 4 * 1024 * 1024;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// The lines that are not blank, with their numbers from 1 on. The element is valid until the next one is asked for, and undefined where the line
    /// is too long or is no JSON object.
    /// </summary>
    public static async IAsyncEnumerable<(int Number, JsonElement Value)> ReadAsync(
        Stream content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(content, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            var number = 1;
            var isTooLong = false;
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken);
                var rest = read.Buffer;
                while (TryTakeLine(ref rest, read.IsCompleted, out var line))
                {
                    using var document = isTooLong || line.Length > MaxLineBytes ? null : TryParse(line, number);
                    if (isTooLong || !IsBlank(line))
                    {
                        yield return (number, document?.RootElement ?? default);
                    }

                    isTooLong = false;
                    number++;
                }

                if (rest.Length > MaxLineBytes)
                {
                    // What has come of it is dropped; its end is still looked for.
                    isTooLong = true;
                    rest = rest.Slice(rest.End);
                }

                if (read.IsCompleted)
                {
                    yield break;
                }

                reader.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        line = rest;
        var isThere = isLast && !rest.IsEmpty;
        rest = isThere ? rest.Slice(rest.End) : rest;
        return isThere;
    }

    private static JsonDocument? TryParse(ReadOnlySequence<byte> line, int number)
    {
        var value = number == 1 ? WithoutMark(line) : line;
        return EventJson.TryParse(value.IsSingleSegment ? value.First : value.ToArray());
    }

    private static ReadOnlySequence<byte> WithoutMark(ReadOnlySequence<byte> line) =>
        line.Length >= ByteOrderMark.Length && line.Slice(0, ByteOrderMark.Length).ToArray().AsSpan().SequenceEqual(ByteOrderMark)
            ? line.Slice(ByteOrderMark.Length)
            : line;

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var segment in line)
        {
            if (segment.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return false;
            }
        }

        return true;
    }
}
