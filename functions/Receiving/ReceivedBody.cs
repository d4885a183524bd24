using System.Buffers;
using System.Numerics;
using Microsoft.AspNetCore.Http;

namespace WebhookFunctions.Receiving;

/// <summary>
/// Request body in a pooled buffer that grows with the bytes received. A declared length alone allocates no memory.
/// </summary>
public sealed class ReceivedBody : IDisposable
{
    private const int FirstBytes = 4096;

    private readonly BodyMemory? _memory;
    private byte[] _buffer = [];
    private int _length;
    private int _reserved;
    private bool _isRented;

    private ReceivedBody(BodyMemory? memory) => _memory = memory;

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>The length of the buffer that holds <paramref name="length"/> bytes: the pool has powers of two.</summary>
    public static int CapacityFor(int length) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, FirstBytes));

    /// <summary>
    /// Reads the whole body of <paramref name="request"/>, at most <paramref name="limit"/> bytes of it. A declared length above the limit is refused
    /// before the first byte is read.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">In bytes.</param>
    /// <param name="memory">The limit that all bodies share; null if the sender is known.</param>
    /// <param name="cancellationToken">Cancels the read; the result is then <see cref="BodyReadFailure.Incomplete"/>.</param>
    public static async ValueTask<BodyReadResult> ReadAsync(
        HttpRequest request, int limit, BodyMemory? memory, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit)
        {
            return new BodyReadResult.Failed(BodyReadFailure.TooLarge);
        }

        var body = new ReceivedBody(memory);
        BodyReadFailure? failure = BodyReadFailure.Incomplete;
        try
        {
            failure = await body.FillAsync(request, limit, cancellationToken);
        }
        catch (Exception exception) when (FailureOf(exception) is { } known)
        {
            failure = known;
        }
        finally
        {
            if (failure is not null)
            {
                body.Dispose();
            }
        }

        return failure is { } reason ? new BodyReadResult.Failed(reason) : new BodyReadResult.Whole(body);
    }

    /// <summary>
    /// Returns the body for work that may outlive its timeout. The buffer does not return to the pool until <see cref="Return"/> is called;
    /// without that call it is left to the garbage collector.
    /// </summary>
    public BinaryData Rent()
    {
        _isRented = true;
        return BinaryData.FromBytes(Bytes);
    }

    /// <summary>Declares that the work which got the body from <see cref="Rent"/> no longer reads the buffer.</summary>
    public void Return() => _isRented = false;

    /// <summary>Returns the buffer to the pool and releases the reservation. <see cref="Bytes"/> must not be read afterwards.</summary>
    public void Dispose()
    {
        if (_buffer.Length > 0 && !_isRented)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _memory?.Release(_reserved);
        _buffer = [];
        _length = _reserved = 0;
    }

    private static BodyReadFailure? FailureOf(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => BodyReadFailure.TooLarge,
        IOException or OperationCanceledException => BodyReadFailure.Incomplete,
        OutOfMemoryException => BodyReadFailure.NoMemory,
        _ => null,
    };

    /// <summary>Reads to the end. Returns the reason if that failed; otherwise null.</summary>
    private async ValueTask<BodyReadFailure?> FillAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            BodyReadFailure? failure = _length + read.Buffer.Length > limit ? BodyReadFailure.TooLarge
                : TryAppend(read.Buffer) ? null
                : BodyReadFailure.NoMemory;
            reader.AdvanceTo(read.Buffer.End);
            if (failure is not null || read.IsCompleted)
            {
                return failure;
            }
        }
    }

    private bool TryAppend(ReadOnlySequence<byte> bytes)
    {
        var needed = _length + (int)bytes.Length;
        if (needed > _buffer.Length && !TryGrow(CapacityFor(needed)))
        {
            return false;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length = needed;
        return true;
    }

    private bool TryGrow(int capacity)
    {
        if (_memory is not null && capacity > BodyMemory.FreeBytes)
        {
            if (!_memory.TryReserve(capacity - _reserved))
            {
                return false;
            }

            _reserved = capacity;
        }

        var larger = ArrayPool<byte>.Shared.Rent(capacity);
        Bytes.CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
        return true;
    }
}
