using EmbeddedServiceBus;

namespace LocalHost.ServiceBus;

/// <summary>A broker that can be made to be away, as one is behind a broken network: what is asked of it then fails, also what is under way.</summary>
public sealed class InterruptibleBroker(IServiceBusBroker broker) : IServiceBusBroker
{
    private volatile CancellationTokenSource _reachable = new();

    /// <summary>Whether it is away. The default value is false.</summary>
    public bool IsAway
    {
        get => _reachable.IsCancellationRequested;
        set
        {
            if (value)
            {
                _reachable.Cancel();
            }
            else if (IsAway)
            {
                _reachable = new CancellationTokenSource();
            }
        }
    }

    public Task SendAsync(string queue, IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.SendAsync(queue, messages, token), cancellationToken);

    public Task<IReadOnlyList<long>> ScheduleAsync(
        string queue, IReadOnlyList<BrokerMessage> messages, DateTimeOffset enqueueAt, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.ScheduleAsync(queue, messages, enqueueAt, token), cancellationToken);

    public Task CancelScheduledAsync(string queue, IReadOnlyList<long> sequenceNumbers, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.CancelScheduledAsync(queue, sequenceNumbers, token), cancellationToken);

    public Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queue, int maxMessages, TimeSpan maxWait, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.ReceiveAsync(queue, maxMessages, maxWait, mode, token), cancellationToken);

    public Task<IReadOnlyList<ReceivedMessage>> ReceiveDeferredAsync(
        string queue, IReadOnlyList<long> sequenceNumbers, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.ReceiveDeferredAsync(queue, sequenceNumbers, mode, token), cancellationToken);

    public Task<IReadOnlyList<ReceivedMessage>> PeekAsync(
        string queue, long fromSequenceNumber, int maxMessages, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.PeekAsync(queue, fromSequenceNumber, maxMessages, token), cancellationToken);

    public Task<DateTimeOffset> RenewLockAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.RenewLockAsync(queue, lockToken, token), cancellationToken);

    public Task CompleteAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.CompleteAsync(queue, lockToken, token), cancellationToken);

    public Task AbandonAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.AbandonAsync(queue, lockToken, propertiesToModify, token), cancellationToken);

    public Task DeferAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.DeferAsync(queue, lockToken, propertiesToModify, token), cancellationToken);

    public Task DeadLetterAsync(
        string queue,
        Guid lockToken,
        string? reason = null,
        string? description = null,
        IReadOnlyDictionary<string, object?>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        ReachAsync(token => broker.DeadLetterAsync(queue, lockToken, reason, description, propertiesToModify, token), cancellationToken);

    public ValueTask DisposeAsync() => broker.DisposeAsync();

    private Task<bool> ReachAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) =>
        ReachAsync(
            async token =>
            {
                await call(token);
                return true;
            },
            cancellationToken);

    private async Task<T> ReachAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var reachable = _reachable.Token;
        if (reachable.IsCancellationRequested)
        {
            throw Away();
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(reachable, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException) when (reachable.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Away();
        }
    }

    private static BrokerException Away() => new(BrokerErrorReason.ServiceCommunicationProblem, "The broker is away.");
}
