namespace WebhookFunctions.Tests.Providers;

/// <summary>Stream that returns its bytes in small pieces.</summary>
internal sealed class Trickle(byte[] bytes, int piece) : ReadOnlyStream
{
    private int _position;

    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(Math.Min(piece, buffer.Length), bytes.Length - _position);
        bytes.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }
}

/// <summary>Stream of a line of any length, which is not in memory, followed by other bytes.</summary>
internal sealed class EndlessLine(long length, byte[] tail) : ReadOnlyStream
{
    private long _position;

    public override int Read(Span<byte> buffer)
    {
        if (_position < length)
        {
            var count = (int)Math.Min(buffer.Length, length - _position);
            buffer[..count].Fill((byte)'x');
            _position += count;
            return count;
        }

        var rest = tail.AsSpan((int)(_position - length));
        var copied = Math.Min(rest.Length, buffer.Length);
        rest[..copied].CopyTo(buffer);
        _position += copied;
        return copied;
    }
}

/// <summary>Base class of streams that can only be read sequentially.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Stream of some bytes followed by another stream.</summary>
internal sealed class Concatenated(byte[] first, Stream second) : ReadOnlyStream
{
    private int _position;

    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, first.Length - _position);
        if (count == 0)
        {
            return second.Read(buffer);
        }

        first.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }
}
