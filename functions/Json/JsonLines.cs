using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace WebhookFunctions.Json;

/// <summary>
/// Streaming reader of JSON objects: JSON Lines, objects over several lines, or an array of objects, each by the rules of <see cref="EventJson"/>.
/// At most one object is in memory, and only up to a limit.
/// </summary>
public static class JsonLines
{
    /// <summary>The longest object that is read, in bytes. An object names one job, with its inputs.</summary>
    public const int MaxObjectBytes = 4 * 1024 * 1024;

    private const int FirstBuffer = 64 * 1024;

    // Characters that may separate two objects of a list or an array. Anything else between them is malformed up to the end of its line.
    private static readonly SearchValues<byte> Separators = SearchValues.Create(" \t\r\n,[]"u8);

    /// <summary>
    /// Reads the objects, each with the number of the line on which it begins, starting at 1. An element is valid until the next one is read. It is
    /// undefined for an object that is too long or malformed, and reading then continues on the next line.
    /// </summary>
    public static async IAsyncEnumerable<(int Line, JsonElement Value)> ReadAsync(
        Stream content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var input = new Input(content);
        try
        {
            while (await input.SkipToValueAsync(cancellationToken))
            {
                var line = input.Line;
                var length = await input.MeasureObjectAsync(cancellationToken);
                if (length is null)
                {
                    await input.SkipLineAsync(cancellationToken);
                    yield return (line, default);
                    continue;
                }

                using var document = EventJson.TryParse(input.Peek(length.Value));
                yield return (line, document?.RootElement ?? default);
                input.Advance(length.Value);
            }
        }
        finally
        {
            input.Return();
        }
    }

    /// <summary>Input that holds what was read of the content and not consumed yet.</summary>
    private sealed class Input(Stream content)
    {
        private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        private int _start;
        private int _end;
        private bool _isAtEnd;
        private bool _isPastByteOrderMark;

        /// <summary>The line of the next byte, starting at 1.</summary>
        public int Line { get; private set; } = 1;

        private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start.._end);

        public ReadOnlyMemory<byte> Peek(int length) => _buffer.AsMemory(_start, length);

        public void Return() => ArrayPool<byte>.Shared.Return(_buffer);

        public void Advance(int length)
        {
            Line += Unread[..length].Count((byte)'\n');
            _start += length;
        }

        /// <summary>Advances to the next byte that is not a separator. Returns false at the end.</summary>
        public async ValueTask<bool> SkipToValueAsync(CancellationToken cancellationToken)
        {
            if (!_isPastByteOrderMark)
            {
                _isPastByteOrderMark = true;
                while (Unread.Length < 3 && await FillAsync(cancellationToken))
                {
                }

                _start += Unread.StartsWith("\ufeff"u8) ? 3 : 0;
            }

            do
            {
                var next = Unread.IndexOfAnyExcept(Separators);
                Advance(next < 0 ? Unread.Length : next);
                if (next >= 0)
                {
                    return true;
                }
            }
            while (await FillAsync(cancellationToken));
            return false;
        }

        /// <summary>Returns the length of the object that begins here; null if there is none, or it is malformed or too long.</summary>
        public async ValueTask<int?> MeasureObjectAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                switch (Measure())
                {
                    case > 0 and var length:
                        return length;
                    case < 0:
                        return null;
                }

                if (Unread.Length > MaxObjectBytes)
                {
                    return null;
                }

                // Each measurement begins at the object's start, so the next one waits until twice as much is read. The whole work is then linear.
                var seen = Unread.Length;
                while (Unread.Length < 2 * seen && await FillAsync(cancellationToken))
                {
                }

                if (Unread.Length == seen)
                {
                    return null;
                }
            }
        }

        /// <summary>Advances to the byte after the end of the line.</summary>
        public async ValueTask SkipLineAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                var end = Unread.IndexOf((byte)'\n');
                Advance(end < 0 ? Unread.Length : end + 1);
                if (end >= 0 || !await FillAsync(cancellationToken))
                {
                    return;
                }
            }
        }

        // Returns the object's length; 0 if it is not complete yet; -1 if there is no object.
        private int Measure()
        {
            if (Unread[0] != (byte)'{')
            {
                return -1;
            }

            var reader = new Utf8JsonReader(Unread, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { AllowMultipleValues = true }));
            try
            {
                return reader.Read() && reader.TrySkip() ? (int)reader.BytesConsumed <= MaxObjectBytes ? (int)reader.BytesConsumed : -1 : 0;
            }
            catch (JsonException)
            {
                return -1;
            }
        }

        private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
        {
            if (_isAtEnd)
            {
                return false;
            }

            if (_start == _end)
            {
                (_start, _end) = (0, 0);
            }
            else if (_end == _buffer.Length)
            {
                var target = _start > _buffer.Length / 2 ? _buffer : ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
                Unread.CopyTo(target);
                (_end, _start) = (_end - _start, 0);
                if (target != _buffer)
                {
                    ArrayPool<byte>.Shared.Return(_buffer);
                    _buffer = target;
                }
            }

            var read = await content.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += read;
            _isAtEnd = read == 0;
            return !_isAtEnd;
        }
    }
}
