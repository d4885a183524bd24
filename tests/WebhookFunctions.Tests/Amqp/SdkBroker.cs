using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Broker that calls another one over AMQP with the .NET SDK, so that the tests of a broker in process also run over the wire.</summary>
/// <remarks>
/// It retries nothing, and waits by the given clock. When a receive is cancelled, the SDK can lose a message: the receive ends, but the message stays
/// locked. So this class ends a receive by closing its link, which drains the link's credit first.
/// </remarks>
internal sealed class SdkBroker : IServiceBusBroker
{
    /// <summary>The real time that stands in for a wait of zero, which the SDK does not support.</summary>
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan MaxWait = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, ServiceBusSender> senders = new(StringComparer.Ordinal);

    /// <summary>Receivers that call an entity's management node, which can also settle messages of a closed link.</summary>
    private readonly ConcurrentDictionary<(string, ReceiveMode), ServiceBusReceiver> managing = [];

    /// <summary>Idle receivers without credit. A receiver with remaining credit is closed instead, because it would lock messages without a caller.</summary>
    private readonly ConcurrentDictionary<(string, ReceiveMode), ConcurrentBag<ServiceBusReceiver>> idle = [];

    private readonly ConcurrentDictionary<Guid, ServiceBusReceiver> holders = [];
    private readonly ServiceBusClient client;
    private readonly TimeProvider clock;

    public SdkBroker(string connectionString, TimeProvider? timeProvider = null)
    {
        clock = timeProvider ?? TimeProvider.System;
        client = new ServiceBusClient(
            connectionString, new ServiceBusClientOptions { RetryOptions = new ServiceBusRetryOptions { MaxRetries = 0 } });
    }

    public Task SendAsync(string queue, IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default) => CallAsync(() =>
        messages is [var only]
            ? Sender(queue).SendMessageAsync(only.ToSdk(), cancellationToken)
            : Sender(queue).SendMessagesAsync(messages.Select(SdkMessages.ToSdk), cancellationToken));

    public Task<IReadOnlyList<long>> ScheduleAsync(
        string queue, IReadOnlyList<BrokerMessage> messages, DateTimeOffset enqueueAt, CancellationToken cancellationToken = default) =>
        CallAsync(() => Sender(queue).ScheduleMessagesAsync(messages.Select(SdkMessages.ToSdk), enqueueAt, cancellationToken));

    public Task CancelScheduledAsync(string queue, IReadOnlyList<long> sequenceNumbers, CancellationToken cancellationToken = default) =>
        CallAsync(() => Sender(queue).CancelScheduledMessagesAsync(sequenceNumbers, cancellationToken));

    public Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queue, int maxMessages, TimeSpan maxWait, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // The wait begins before the link is attached, because the caller may advance the clock in the meantime.
        var waitIsOver = maxWait == TimeSpan.Zero ? Task.Delay(ShortWait, cancellationToken) : Task.Delay(maxWait, clock, cancellationToken);
        return CallAsync(() => ReceiveAsync(queue, maxMessages, waitIsOver, mode, cancellationToken));
    }

    public Task<IReadOnlyList<ReceivedMessage>> ReceiveDeferredAsync(
        string queue, IReadOnlyList<long> sequenceNumbers, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default) =>
        CallAsync(async () =>
            (await Managing(queue, mode).ReceiveDeferredMessagesAsync(sequenceNumbers, cancellationToken)).ToBroker(isLocked: mode == ReceiveMode.PeekLock));

    public Task<IReadOnlyList<ReceivedMessage>> PeekAsync(
        string queue, long fromSequenceNumber, int maxMessages, CancellationToken cancellationToken = default) =>
        CallAsync(async () =>
            (await Managing(queue).PeekMessagesAsync(maxMessages, fromSequenceNumber, cancellationToken)).ToBroker(isLocked: false));

    public Task<DateTimeOffset> RenewLockAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) => CallAsync(async () =>
    {
        var message = SdkMessages.Locked(lockToken);
        await Managing(queue).RenewMessageLockAsync(message, cancellationToken);
        return message.LockedUntil;
    });

    public Task CompleteAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) =>
        SettleAsync(queue, lockToken, (holder, message) => holder.CompleteMessageAsync(message, cancellationToken));

    public Task AbandonAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        SettleAsync(queue, lockToken, (holder, message) => holder.AbandonMessageAsync(message, propertiesToModify.ToSdk(), cancellationToken));

    public Task DeferAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        SettleAsync(queue, lockToken, (holder, message) => holder.DeferMessageAsync(message, propertiesToModify.ToSdk(), cancellationToken));

    public Task DeadLetterAsync(
        string queue,
        Guid lockToken,
        string? reason = null,
        string? description = null,
        IReadOnlyDictionary<string, object?>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        SettleAsync(
            queue,
            lockToken,
            (holder, message) => holder.DeadLetterMessageAsync(message, propertiesToModify.ToSdk() ?? new Dictionary<string, object>(), reason, description, cancellationToken));

    public ValueTask DisposeAsync() => client.DisposeAsync();

    private async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queue, int maxMessages, Task waitIsOver, ReceiveMode mode, CancellationToken cancellationToken)
    {
        var spare = idle.GetOrAdd((queue, mode), _ => []);
        var receiver = spare.TryTake(out var spareReceiver) ? spareReceiver : Receiver(queue, mode);
        var receiving = receiver.ReceiveMessagesAsync(maxMessages, MaxWait, CancellationToken.None);
        if (await Task.WhenAny(receiving, waitIsOver) != receiving)
            await receiver.CloseAsync(CancellationToken.None);

        IReadOnlyList<ServiceBusReceivedMessage> received = [];
        try
        {
            received = await receiving;
        }
        catch (Exception exception) when (receiver.IsClosed && exception is OperationCanceledException or ServiceBusException { Reason: ServiceBusFailureReason.GeneralError })
        {
            // The wait ended before the link was attached.
        }

        if (received.Count == 0)
            cancellationToken.ThrowIfCancellationRequested();
        if (receiver.IsClosed || received.Count < maxMessages)
        {
            await receiver.CloseAsync(CancellationToken.None);
        }
        else
        {
            foreach (var message in received)
                holders[Guid.Parse(message.LockToken)] = receiver;
            spare.Add(receiver);
        }

        return received.ToBroker(isLocked: mode == ReceiveMode.PeekLock);
    }

    /// <summary>Settles a message over the link that received it, or over the management node if that link is closed.</summary>
    private Task<bool> SettleAsync(string queue, Guid lockToken, Func<ServiceBusReceiver, ServiceBusReceivedMessage, Task> settle) =>
        CallAsync(() => settle(
            holders.TryRemove(lockToken, out var holder) && !holder.IsClosed ? holder : Managing(queue),
            SdkMessages.Locked(lockToken)));

    private ServiceBusSender Sender(string queue) => senders.GetOrAdd(queue, client.CreateSender);

    private ServiceBusReceiver Managing(string queue, ReceiveMode mode = ReceiveMode.PeekLock) =>
        managing.GetOrAdd((queue, mode), _ => Receiver(queue, mode));

    private ServiceBusReceiver Receiver(string queue, ReceiveMode mode) => client.CreateReceiver(
        queue,
        new ServiceBusReceiverOptions
        {
            ReceiveMode = mode == ReceiveMode.PeekLock ? ServiceBusReceiveMode.PeekLock : ServiceBusReceiveMode.ReceiveAndDelete,
        });

    private static Task<bool> CallAsync(Func<Task> call) => CallAsync(async () =>
    {
        await call();
        return true;
    });

    private static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (ServiceBusException exception)
        {
            // The broker's reasons are a subset of the SDK's, with the same names.
            var reason = Enum.TryParse<BrokerErrorReason>(exception.Reason.ToString(), out var same) ? same : BrokerErrorReason.GeneralError;
            throw new BrokerException(reason, exception.Message, exception);
        }
    }
}
