using System.Text;
using EmbeddedServiceBus;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Broker;

/// <summary>
/// Tests of the behaviour that every broker must have, in process or over the wire. They use only operations that clients of the service have, and
/// advance the broker's clock.
/// </summary>
public abstract partial class BrokerSuite : IAsyncLifetime
{
    /// <summary>A queue without duplicate detection, with a lock of a minute and three deliveries.</summary>
    protected const string Plain = "plain";

    /// <summary>A queue with a duplicate detection window of ten minutes.</summary>
    protected const string DuplicateDetecting = "duplicate-detecting";

    /// <summary>A queue with a time to live of an hour, which dead-letters expired messages.</summary>
    protected const string DeadLetteringExpired = "dead-lettering-expired";

    /// <summary>A queue with a time to live of an hour, which removes expired messages.</summary>
    protected const string RemovingExpired = "removing-expired";

    protected static readonly TimeSpan LockDuration = TimeSpan.FromMinutes(1);
    protected static readonly TimeSpan Window = TimeSpan.FromMinutes(10);
    protected static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);
    protected const int MaxDeliveries = 3;

    /// <summary>The smallest time by which a test advances the clock.</summary>
    protected static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    protected static IReadOnlyList<QueueOptions> Queues { get; } =
    [
        new() { Name = Plain, LockDuration = LockDuration, MaxDeliveryCount = MaxDeliveries },
        new() { Name = DuplicateDetecting, LockDuration = LockDuration, DuplicateDetectionWindow = Window },
        new() { Name = DeadLetteringExpired, LockDuration = LockDuration, DefaultTimeToLive = TimeToLive, DeadLetterOnExpiry = true },
        new() { Name = RemovingExpired, LockDuration = LockDuration, DefaultTimeToLive = TimeToLive },
    ];

    protected IServiceBusBroker Broker { get; private set; } = null!;

    protected static CancellationToken Cancellation => BoundedTest.Token;

    protected abstract DateTimeOffset Now { get; }

    public async ValueTask InitializeAsync() => Broker = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Broker.DisposeAsync();
        await CloseAsync();
    }

    /// <summary>Opens a client of a broker with the <see cref="Queues"/>, all of them empty.</summary>
    protected abstract Task<IServiceBusBroker> OpenAsync();

    /// <summary>Closes the broker after its client was disposed.</summary>
    protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    /// <summary>Advances the broker's clock. Every later call sees what has become due.</summary>
    protected abstract void Advance(TimeSpan time);

    protected static string DeadLettersOf(string queue) => $"{queue}/$deadletterqueue";

    protected static BrokerMessage Message(string text, string? id = null) => new() { Body = Encoding.UTF8.GetBytes(text), MessageId = id };

    protected static string Text(ReceivedMessage message) => Encoding.UTF8.GetString(message.Message.Body.Span);

    protected Task SendAsync(string queue, params BrokerMessage[] messages) => Broker.SendAsync(queue, messages, Cancellation);

    /// <summary>Receives the messages that are available now.</summary>
    /// <param name="queue">The path of the queue.</param>
    /// <param name="count">The maximum number of messages.</param>
    /// <param name="mode">Whether received messages are locked or removed.</param>
    protected virtual Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(string queue, int count = 1, ReceiveMode mode = ReceiveMode.PeekLock) =>
        Broker.ReceiveAsync(queue, count, TimeSpan.Zero, mode, Cancellation);

    protected async Task<ReceivedMessage> ReceiveOneAsync(string queue) => Assert.Single(await ReceiveAsync(queue));

    protected async Task<ReceivedMessage> PeekOneAsync(string queue) => Assert.Single(await Broker.PeekAsync(queue, 0, 10, Cancellation));

    protected async Task AssertEmptyAsync(string queue) => Assert.Empty(await Broker.PeekAsync(queue, 0, 10, Cancellation));

    protected static async Task AssertRefusedAsync(BrokerErrorReason reason, Func<Task> call) =>
        Assert.Equal(reason, (await Assert.ThrowsAsync<BrokerException>(call)).Reason);

    protected Task AssertLockLostAsync(string queue, ReceivedMessage message) =>
        AssertRefusedAsync(BrokerErrorReason.MessageLockLost, () => Broker.CompleteAsync(queue, message.LockToken!.Value, Cancellation));
}
