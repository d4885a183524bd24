using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Amqp;
using Amqp.Framing;
using Amqp.Sasl;
using Amqp.Types;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Amqp.Security;
using WebhookFunctions.Tests.Fixtures;
using Encoder = Amqp.Types.Encoder;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>
/// Tests of a client with the maximum session window, which the Azure SDK for .NET uses. The client sends single frames.
/// </summary>
public sealed class SessionWindowTests
{
    private const string Queue = "queue";
    private const int FrameHeaderBytes = 8;
    private const byte AmqpFrame = 0;
    private const byte SaslFrame = 1;
    private const uint Credit = 5;

    private static CancellationToken Cancellation => BoundedTest.Token;

    // Such a flow counts transfers that the listener has written but not yet counted, as when a flow and transfers cross.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_session_with_room_gets_every_message_however_much_the_flow_counts(uint ahead)
    {
        await using var broker = EmbeddedBroker.Open(new BrokerOptions { Queues = [new QueueOptions { Name = Queue }] });
        await using var listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0 });
        await broker.SendAsync(Queue, [.. Enumerable.Repeat(new BrokerMessage(), (int)Credit)], Cancellation);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, listener.Port, Cancellation);
        var stream = client.GetStream();
        var begin = await AttachAsync(stream);

        await SendAsync(stream, AmqpFrame, new Flow
        {
            NextIncomingId = begin.NextOutgoingId + ahead,
            IncomingWindow = uint.MaxValue,
            NextOutgoingId = 0,
            OutgoingWindow = uint.MaxValue,
            Handle = 0,
            DeliveryCount = 0,
            LinkCredit = Credit,
        });

        for (var i = 0; i < Credit; i++)
            await ReadAsync<Transfer>(stream);
    }

    /// <summary>Opens a connection, a session and a link to the queue.</summary>
    /// <returns>The listener's side of the session.</returns>
    private static async Task<Begin> AttachAsync(NetworkStream stream)
    {
        var (name, key) = SharedAccessKey.Emulator;
        await stream.WriteAsync((byte[])[.. "AMQP"u8, 3, 1, 0, 0], Cancellation);
        await ReadBytesAsync(stream, FrameHeaderBytes);
        await ReadAsync<SaslMechanisms>(stream);
        await SendAsync(stream, SaslFrame, new SaslInit { Mechanism = "PLAIN", InitialResponse = Encoding.UTF8.GetBytes($"\0{name}\0{key}") });
        await ReadAsync<SaslOutcome>(stream);
        await stream.WriteAsync((byte[])[.. "AMQP"u8, 0, 1, 0, 0], Cancellation);
        await ReadBytesAsync(stream, FrameHeaderBytes);
        await SendAsync(stream, AmqpFrame, new Open { ContainerId = "test", HostName = "localhost" });
        await SendAsync(stream, AmqpFrame, new Begin { NextOutgoingId = 0, IncomingWindow = uint.MaxValue, OutgoingWindow = uint.MaxValue });
        await SendAsync(stream, AmqpFrame, new Attach
        {
            LinkName = "link",
            Handle = 0,
            Role = true,
            Source = new Source { Address = Queue },
            Target = new Target(),
        });
        await ReadAsync<Open>(stream);
        var begin = await ReadAsync<Begin>(stream);
        await ReadAsync<Attach>(stream);
        return begin;
    }

    private static async Task SendAsync(NetworkStream stream, byte type, DescribedList performative)
    {
        var body = new ByteBuffer(256, autoGrow: true);
        performative.Encode(body);
        var frame = new byte[FrameHeaderBytes + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        frame[4] = FrameHeaderBytes / 4;
        frame[5] = type;
        body.Buffer.AsSpan(body.Offset, body.Length).CopyTo(frame.AsSpan(FrameHeaderBytes));
        await stream.WriteAsync(frame, Cancellation);
    }

    private static async Task<T> ReadAsync<T>(NetworkStream stream)
    {
        var size = BinaryPrimitives.ReadInt32BigEndian(await ReadBytesAsync(stream, sizeof(int)));
        var rest = await ReadBytesAsync(stream, size - sizeof(int));
        var body = FrameHeaderBytes - sizeof(int);
        return Assert.IsType<T>(Encoder.ReadObject(new ByteBuffer(rest, body, rest.Length - body, rest.Length - body)));
    }

    private static async Task<byte[]> ReadBytesAsync(NetworkStream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, Cancellation);
        return bytes;
    }
}
