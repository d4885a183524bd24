using System.Runtime.CompilerServices;
using EmbeddedServiceBus;

namespace LocalHost.ServiceBus;

/// <summary>Call of an <see cref="InterruptibleBroker"/>.</summary>
/// <param name="Name">The member of <see cref="IServiceBusBroker"/>.</param>
/// <param name="Queue">The queue that it concerns.</param>
/// <param name="CancellationToken">Cancelled when the caller no longer waits, or the broker has become unavailable.</param>
public readonly record struct BrokerOperation(string Name, string Queue, CancellationToken CancellationToken);

/// <summary>
/// Broker that can be made unavailable, like one behind a broken network: its calls then fail, including running ones. A test can also delay every
/// call before it starts.
/// </summary>
public sealed class InterruptibleBroker(IServiceBusBroker broker) : IServiceBusBroker
{
    private volatile CancellationTokenSource _reachable = new();

    /// <summary>Gets or sets whether the broker is unavailable. The default value is false.</summary>
    public bool IsUnavailable
    {
        get => _reachable.IsCancellationRequested;
        set
        {
            if (value)
            {
                _reachable.Cancel();
            }
            else if (IsUnavailable)
            {
                _reachable = new CancellationTokenSource();
            }
        }
    }

    /// <summary>Gets or sets a function that is awaited before each operation. The default value, null, delays none.</summary>
    public Func<BrokerOperation, Task>? Before { get; set; }

    public Task SendAsync(string queue, IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.SendAsync(queue, messages, token), cancellationToken);

    public Task<IReadOnlyList<long>> ScheduleAsync(
        string queue, IReadOnlyList<BrokerMessage> messages, DateTimeOffset enqueueAt, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.ScheduleAsync(queue, messages, enqueueAt, token), cancellationToken);

    public Task CancelScheduledAsync(string queue, IReadOnlyList<long> sequenceNumbers, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.CancelScheduledAsync(queue, sequenceNumbers, token), cancellationToken);

    public Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queue, int maxMessages, TimeSpan maxWait, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.ReceiveAsync(queue, maxMessages, maxWait, mode, token), cancellationToken);

    public Task<IReadOnlyList<ReceivedMessage>> ReceiveDeferredAsync(
        string queue, IReadOnlyList<long> sequenceNumbers, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.ReceiveDeferredAsync(queue, sequenceNumbers, mode, token), cancellationToken);

    public Task<IReadOnlyList<ReceivedMessage>> PeekAsync(
        string queue, long fromSequenceNumber, int maxMessages, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.PeekAsync(queue, fromSequenceNumber, maxMessages, token), cancellationToken);

    public Task<DateTimeOffset> RenewLockAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.RenewLockAsync(queue, lockToken, token), cancellationToken);

    public Task CompleteAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.CompleteAsync(queue, lockToken, token), cancellationToken);

    public Task AbandonAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.AbandonAsync(queue, lockToken, propertiesToModify, token), cancellationToken);

    public Task DeferAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.DeferAsync(queue, lockToken, propertiesToModify, token), cancellationToken);

    public Task DeadLetterAsync(
        string queue,
        Guid lockToken,
        string? reason = null,
        string? description = null,
        IReadOnlyDictionary<string, object?>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        CallAsync(queue, token => broker.DeadLetterAsync(queue, lockToken, reason, description, propertiesToModify, token), cancellationToken);

    public ValueTask DisposeAsync() => broker.DisposeAsync();

    private Task<bool> CallAsync(
        string queue, Func<CancellationToken, Task> call, CancellationToken cancellationToken, [CallerMemberName] string name = "") =>
        CallAsync(
            queue,
            async token =>
            {
                await call(token);
                return true;
            },
            cancellationToken,
            name);

    private async Task<T> CallAsync<T>(
        string queue, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken, [CallerMemberName] string name = "")
    {
        var reachable = _reachable.Token;
        if (reachable.IsCancellationRequested)
        {
            throw Unavailable();
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(reachable, cancellationToken);
        try
        {
            await (Before?.Invoke(new BrokerOperation(name, queue, either.Token)) ?? Task.CompletedTask);
            return await call(either.Token);
        }
        catch (OperationCanceledException) when (reachable.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Unavailable();
        }
    }

    private static BrokerException Unavailable() => new(BrokerErrorReason.ServiceCommunicationProblem, "The broker is unavailable.");
}
