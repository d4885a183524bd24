using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace WebhookFunctions.Receiving;

/// <summary>How the reading of a body ended.</summary>
public enum BodyReadStatus
{
    /// <summary>It is there whole.</summary>
    Whole,

    /// <summary>It is, or says that it is, larger than the limit.</summary>
    TooLarge,

    /// <summary>The sender broke off, or sent what is not HTTP.</summary>
    Broken,
}

/// <summary>A body in a buffer from the pool.</summary>
public sealed class ReceivedBody
{
    private byte[] _buffer;
    private int _length;

    private ReceivedBody(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>
    /// Reads the whole body of <paramref name="request"/>, at most <paramref name="limit"/> bytes of it. A declared length above the limit is refused
    /// before the first byte is read.
    /// </summary>
    public static async ValueTask<(BodyReadStatus Status, ReceivedBody? Body)> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit)
        {
            return (BodyReadStatus.TooLarge, null);
        }

        var body = new ReceivedBody((int)(request.ContentLength ?? 4096));
        var reader = request.BodyReader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken);
                if (body._length + read.Buffer.Length > limit)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    body.Return();
                    return (BodyReadStatus.TooLarge, null);
                }

                body.Append(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return (BodyReadStatus.Whole, body);
                }
            }
        }
        catch (BadHttpRequestException refused)
        {
            body.Return();
            return (refused.StatusCode == StatusCodes.Status413PayloadTooLarge ? BodyReadStatus.TooLarge : BodyReadStatus.Broken, null);
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException)
        {
            body.Return();
            return (BodyReadStatus.Broken, null);
        }
    }

    /// <summary>Gives the buffer back. Nothing may read <see cref="Bytes"/> afterwards, a send that was given up on neither.</summary>
    public void Return()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void Append(ReadOnlySequence<byte> bytes)
    {
        var needed = _length + (int)bytes.Length;
        if (needed > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _buffer.Length * 2));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length = needed;
    }
}
