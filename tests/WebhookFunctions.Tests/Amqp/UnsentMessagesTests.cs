using Amqp;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Amqp.Security;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Tests of messages that were locked for a receiver but could not be sent, because it had detached.</summary>
public sealed class UnsentMessagesTests
{
    private const string Queue = "queue";
    private const int Messages = Receivers * CreditOfEach;
    private const int Receivers = 20;
    private const int CreditOfEach = 100;

    // No lock expires under this clock, so only the listener can count a delivery.
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_message_that_could_not_be_sent_does_not_count_as_delivered()
    {
        await using var broker = EmbeddedBroker.Open(new BrokerOptions { Queues = [new QueueOptions { Name = Queue }], TimeProvider = clock });
        var body = new byte[4 * 1024];
        foreach (var batch in Enumerable.Repeat(new BrokerMessage { Body = body }, Messages).Chunk(50))
            await broker.SendAsync(Queue, batch, BoundedTest.Token);
        await using (var listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0, TimeProvider = clock }))
        {
            for (var i = 0; i < Receivers; i++)
                await DetachDuringDeliveryAsync(listener.Port);
        }

        var peeked = await broker.PeekAsync(Queue, 0, Messages, BoundedTest.Token);
        Assert.Equal(Messages, peeked.Count);
        Assert.All(peeked, message => Assert.Equal(0, message.DeliveryCount));
    }

    /// <summary>Gives credit for many messages, and detaches when the first one arrives.</summary>
    private static async Task DetachDuringDeliveryAsync(int port)
    {
        var (name, key) = SharedAccessKey.Emulator;
        var connection = await new ConnectionFactory().CreateAsync(new Address("127.0.0.1", port, name, key, scheme: "amqp"), BoundedTest.Token);
        var receiver = new ReceiverLink(new Session(connection), "receiver", Queue);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Start(CreditOfEach, (_, _) => first.TrySetResult());

        await first.Task.WaitAsync(BoundedTest.Token);
        receiver.Close(TimeSpan.Zero);
        await connection.CloseAsync();
    }
}
