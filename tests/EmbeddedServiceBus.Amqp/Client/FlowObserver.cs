using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using Amqp;
using Amqp.Framing;
using Amqp.Types;

namespace EmbeddedServiceBus.Amqp.Client;

/// <summary>
/// Sees the frames that reach a client, and tells when the broker has answered a link's drain: the library takes the answer without
/// telling.
/// Every message that came before it has been handed over by then.
/// </summary>
internal sealed class FlowObserver(IAsyncTransport transport) : IAsyncTransport
{
    private const int FrameHeaderBytes = 8;
    private const byte AttachCode = 0x12;
    private const byte FlowCode = 0x13;

    private readonly ConcurrentDictionary<string, TaskCompletionSource> drained = new(StringComparer.Ordinal);
    private readonly Dictionary<(ushort Channel, uint Handle), string> links = [];
    private readonly ArrayBufferWriter<byte> frame = new();
    private int needed = FrameHeaderBytes;

    /// <summary>Ends when the link of this name has been drained; to be asked for before the drain is.</summary>
    public Task DrainedAsync(string link) =>
        drained.GetOrAdd(link, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Forget(string link) => drained.TryRemove(link, out _);

    public void SetConnection(Connection connection) => transport.SetConnection(connection);

    public Task SendAsync(IList<ByteBuffer> bufferList, int listSize) => transport.SendAsync(bufferList, listSize);

    public async Task<int> ReceiveAsync(byte[] buffer, int offset, int count)
    {
        var received = await transport.ReceiveAsync(buffer, offset, count).ConfigureAwait(false);
        Observe(buffer.AsSpan(offset, received));
        return received;
    }

    public void Send(ByteBuffer buffer) => transport.Send(buffer);

    public int Receive(byte[] buffer, int offset, int count)
    {
        var received = transport.Receive(buffer, offset, count);
        Observe(buffer.AsSpan(offset, received));
        return received;
    }

    public void Close() => transport.Close();

    private void Observe(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, needed - frame.WrittenCount)];
            frame.Write(part);
            bytes = bytes[part.Length..];
            if (frame.WrittenCount < needed)
                return;

            var content = frame.WrittenSpan;
            var isFrame = needed == FrameHeaderBytes && !content.StartsWith("AMQP"u8);
            if (isFrame && BinaryPrimitives.ReadInt32BigEndian(content) is var size and > FrameHeaderBytes)
            {
                needed = size;
                continue;
            }

            if (needed > FrameHeaderBytes + 3)
                Observe(BinaryPrimitives.ReadUInt16BigEndian(content[6..]), content[2 + FrameHeaderBytes]);
            needed = FrameHeaderBytes;
            frame.ResetWrittenCount();
        }
    }

    private void Observe(ushort channel, byte performative)
    {
        if (performative is not (AttachCode or FlowCode))
            return;
        var content = frame.WrittenSpan[FrameHeaderBytes..].ToArray();
        switch (Encoder.ReadObject(new ByteBuffer(content, 0, content.Length, content.Length)))
        {
            case Attach attach:
                links[(channel, attach.Handle)] = attach.LinkName;
                break;
            // The second of the broker's two: the library has dealt with the first by then.
            case Flow { HasHandle: true, Drain: true } flow when links.TryGetValue((channel, flow.Handle), out var link):
                if (drained.TryGetValue(link, out var waiting))
                    waiting.TrySetResult();
                break;
        }
    }
}
