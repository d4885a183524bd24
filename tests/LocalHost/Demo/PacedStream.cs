using System.Diagnostics;

namespace LocalHost.Demo;

/// <summary>Writes to another stream at a certain rate.</summary>
internal sealed class PacedStream(Stream inner, int bytesPerSecond) : Stream
{
    private const int PieceBytes = 64 * 1024;

    private readonly long _started = Stopwatch.GetTimestamp();
    private long _written;

    public long Written => Volatile.Read(ref _written);

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var piece = buffer[..Math.Min(PieceBytes, buffer.Length)];
            await inner.WriteAsync(piece, cancellationToken);
            buffer = buffer[piece.Length..];
            _written += piece.Length;
            var early = TimeSpan.FromSeconds((double)_written / bytesPerSecond) - Elapsed;
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, cancellationToken);
            }
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
