using System.Net.Sockets;
using System.Security.Principal;
using Amqp;
using Amqp.Listener;

namespace EmbeddedServiceBus.Amqp.Transport;

/// <summary>
/// The TCP connection of one client, its reads buffered: a frame takes two reads of the library, and mostly none of the system.
/// </summary>
internal sealed class SocketTransport : IAsyncTransport, IAuthenticated, IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly NetworkStream stream;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] buffer = new byte[BufferBytes];
    private int start;
    private int end;

    public SocketTransport(Socket socket)
    {
        socket.NoDelay = true;
        stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Who the client proved to be in the SASL exchange; null: nobody yet.</summary>
    public IPrincipal? Principal { get; set; }

    public Task Closed => closed.Task;

    /// <summary>Waits until so many bytes can be read without waiting.</summary>
    /// <exception cref="EndOfStreamException">The client is gone.</exception>
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

    /// <exception cref="EndOfStreamException">The client is gone.</exception>
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

    async Task<int> IAsyncTransport.ReceiveAsync(byte[] target, int offset, int count)
    {
        if (start == end)
        {
            if (count >= BufferBytes)
                return await stream.ReadAsync(target.AsMemory(offset, count)).ConfigureAwait(false);
            start = 0;
            end = await stream.ReadAsync(buffer).ConfigureAwait(false);
        }

        return Take(target.AsSpan(offset, count));
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

    int ITransport.Receive(byte[] target, int offset, int count) =>
        start < end ? Take(target.AsSpan(offset, count)) : stream.Read(target, offset, count);

    public void Close()
    {
        stream.Dispose();
        closed.TrySetResult();
    }

    public void Dispose() => Close();

    private int Take(Span<byte> target)
    {
        var count = Math.Min(target.Length, end - start);
        buffer.AsSpan(start, count).CopyTo(target);
        start += count;
        return count;
    }
}
