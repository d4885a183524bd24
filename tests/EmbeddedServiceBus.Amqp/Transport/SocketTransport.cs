using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Principal;
using Amqp;
using Amqp.Listener;

namespace EmbeddedServiceBus.Amqp.Transport;

/// <summary>
/// TCP connection of one client with buffered reads. The library reads a frame in two parts, and the buffer saves most of the system calls.
/// </summary>
/// <remarks>
/// The library gets its data frame by frame, so that <see cref="FlowFrame"/> can edit each frame before its first byte is passed on.
/// </remarks>
internal sealed class SocketTransport : IAsyncTransport, IAuthenticated, IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private const int ProtocolHeaderBytes = 8;
    private const int SizeBytes = 4;

    private readonly NetworkStream stream;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] buffer = new byte[BufferBytes];
    private int start;
    private int end;

    /// <summary>The number of bytes of the current frame that the library has not read yet. The protocol header counts as the first frame.</summary>
    private uint remainingFrameBytes = ProtocolHeaderBytes;

    public SocketTransport(Socket socket)
    {
        socket.NoDelay = true;
        stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Gets or sets the identity that the client proved in the SASL exchange; null before that.</summary>
    public IPrincipal? Principal { get; set; }

    public Task Closed => closed.Task;

    /// <summary>Waits until that many bytes are buffered.</summary>
    /// <exception cref="EndOfStreamException">The client disconnected.</exception>
    public async Task FillAsync(int count, CancellationToken cancellationToken)
    {
        while (end - start < count)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            var received = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
            if (received == 0)
                throw new EndOfStreamException();
            end += received;
        }
    }

    /// <exception cref="EndOfStreamException">The client disconnected.</exception>
    public async Task<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        await FillAsync(count, cancellationToken).ConfigureAwait(false);
        var bytes = buffer.AsSpan(start, count).ToArray();
        start += count;
        return bytes;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => stream.WriteAsync(bytes, cancellationToken);

    void IAsyncTransport.SetConnection(Connection connection)
    {
    }

    /// <exception cref="EndOfStreamException">The client disconnected.</exception>
    async Task<int> IAsyncTransport.ReceiveAsync(byte[] target, int offset, int count)
    {
        if (remainingFrameBytes == 0)
            await BeginFrameAsync().ConfigureAwait(false);
        else if (start == end)
            await FillAsync(1, CancellationToken.None).ConfigureAwait(false);

        var copied = (int)Math.Min(remainingFrameBytes, Math.Min(count, end - start));
        buffer.AsSpan(start, copied).CopyTo(target.AsSpan(offset));
        start += copied;
        remainingFrameBytes -= (uint)copied;
        return copied;
    }

    async Task IAsyncTransport.SendAsync(IList<ByteBuffer> bufferList, int listSize)
    {
        if (bufferList is [var only])
        {
            await stream.WriteAsync(only.Buffer.AsMemory(only.Offset, only.Length)).ConfigureAwait(false);
            return;
        }

        var bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(listSize);
        try
        {
            var length = 0;
            foreach (var part in bufferList)
            {
                part.Buffer.AsSpan(part.Offset, part.Length).CopyTo(bytes.AsSpan(length));
                length += part.Length;
            }

            await stream.WriteAsync(bytes.AsMemory(0, length)).ConfigureAwait(false);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    void ITransport.Send(ByteBuffer bytes) => stream.Write(bytes.Buffer, bytes.Offset, bytes.Length);

    int ITransport.Receive(byte[] target, int offset, int count) => throw new NotSupportedException("A listener reads asynchronously.");

    public void Close()
    {
        stream.Dispose();
        closed.TrySetResult();
    }

    public void Dispose() => Close();

    /// <summary>Buffers as much of the next frame as is needed to edit it.</summary>
    /// <exception cref="EndOfStreamException">The client disconnected.</exception>
    private async ValueTask BeginFrameAsync()
    {
        await FillAsync(SizeBytes, CancellationToken.None).ConfigureAwait(false);
        remainingFrameBytes = Math.Max(BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start)), SizeBytes);
        // The library refuses a frame with an invalid size, and needs only the size for that.
        var prefix = remainingFrameBytes > BufferBytes ? SizeBytes : (int)Math.Min(remainingFrameBytes, FlowFrame.PrefixBytes);
        await FillAsync(prefix, CancellationToken.None).ConfigureAwait(false);
        FlowFrame.LowerWindow(buffer.AsSpan(start, prefix));
    }
}
