namespace EmbeddedServiceBus;

/// <summary>
/// Operations of a Service Bus namespace that applications need, in the service's terms and without the Azure SDK's types. An adapter for
/// <c>ServiceBusClient</c>, an AMQP 1.0 listener or a client of another broker can implement or use it.
/// </summary>
/// <remarks>
/// A queue is named by its path, in any case: <c>orders</c>, or <c>orders/$deadletterqueue</c> for its dead letters. Every member throws
/// <see cref="BrokerException"/> with a <see cref="BrokerErrorReason"/> where the service would answer an error. A task that completes without
/// an exception means that the effect is durable. A cancelled call may still have had its effect, except for a receive: it either throws and
/// holds no lock, or returns the messages that it locked.
/// </remarks>
public interface IServiceBusBroker : IAsyncDisposable
{
    /// <summary>
    /// Sends messages, all or none. One whose MessageId was seen within the queue's duplicate detection window is accepted and dropped.
    /// </summary>
    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessageSizeExceeded"/>: the messages together exceed the limit.</exception>
    Task SendAsync(string queue, IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sends messages that become active at <paramref name="enqueueAt"/>, all or none.
    /// </summary>
    /// <returns>
    /// A sequence number for each message, in order, valid for <see cref="CancelScheduledAsync"/> until the message becomes active: then it
    /// gets another. The number of a dropped duplicate belongs to no message.
    /// </returns>
    Task<IReadOnlyList<long>> ScheduleAsync(
        string queue, IReadOnlyList<BrokerMessage> messages, DateTimeOffset enqueueAt, CancellationToken cancellationToken = default);

    /// <summary>Removes scheduled messages, all or none.</summary>
    /// <exception cref="BrokerException">One of them is not, or no longer, scheduled (<see cref="BrokerErrorReason.MessageNotFound"/>).</exception>
    Task CancelScheduledAsync(string queue, IReadOnlyList<long> sequenceNumbers, CancellationToken cancellationToken = default);

    /// <summary>
    /// Receives between one and <paramref name="maxMessages"/> messages as soon as there is one, or none once <paramref name="maxWait"/> is over
    /// (<see cref="Timeout.InfiniteTimeSpan"/>: never).
    /// </summary>
    Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queue, int maxMessages, TimeSpan maxWait, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default);

    /// <summary>Receives deferred messages, all or none.</summary>
    /// <exception cref="BrokerException">
    /// <see cref="BrokerErrorReason.MessageNotFound"/>: one of them is not deferred, is locked, or has expired (this attempt dead-letters it).
    /// </exception>
    Task<IReadOnlyList<ReceivedMessage>> ReceiveDeferredAsync(
        string queue, IReadOnlyList<long> sequenceNumbers, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads up to <paramref name="maxMessages"/> messages from <paramref name="fromSequenceNumber"/> on, whatever their state, and leaves them as they are.
    /// </summary>
    Task<IReadOnlyList<ReceivedMessage>> PeekAsync(
        string queue, long fromSequenceNumber, int maxMessages, CancellationToken cancellationToken = default);

    /// <summary>Restarts the lock's duration.</summary>
    /// <returns>The new expiry of the lock.</returns>
    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessageLockLost"/>: the lock has expired or was settled.</exception>
    Task<DateTimeOffset> RenewLockAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default);

    /// <summary>Removes a message that is locked by this token.</summary>
    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessageLockLost"/>: the lock has expired or was settled.</exception>
    Task CompleteAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default);

    /// <summary>
    /// Releases the lock. The message is available at once with its delivery count raised by one, or dead-lettered if that was its last delivery.
    /// </summary>
    /// <param name="queue">The path of the queue.</param>
    /// <param name="lockToken">The token that the message was received with.</param>
    /// <param name="propertiesToModify">Application properties to set; null changes none.</param>
    /// <param name="cancellationToken">Stops waiting for the outcome.</param>
    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessageLockLost"/>: the lock has expired or was settled.</exception>
    Task AbandonAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default);

    /// <summary>Defers a locked message: from now on it can only be received by its sequence number.</summary>
    /// <inheritdoc cref="AbandonAsync" path="/param"/>
    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessageLockLost"/>: the lock has expired or was settled.</exception>
    Task DeferAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a locked message to the dead-letter queue, under its sequence number. Reason and description become its application properties
    /// <c>DeadLetterReason</c> and <c>DeadLetterErrorDescription</c>.
    /// </summary>
    /// <param name="queue">The path of the queue.</param>
    /// <param name="lockToken">The token that the message was received with.</param>
    /// <param name="reason">At most 4,096 characters; null sets no property.</param>
    /// <param name="description">At most 4,096 characters; null sets no property.</param>
    /// <param name="propertiesToModify">Application properties to set; null changes none.</param>
    /// <param name="cancellationToken">Stops waiting for the outcome.</param>
    /// <exception cref="BrokerException">
    /// <see cref="BrokerErrorReason.MessageLockLost"/>: the lock has expired or was settled.
    /// <see cref="BrokerErrorReason.GeneralError"/>: the message is in a dead-letter queue already.
    /// </exception>
    Task DeadLetterAsync(
        string queue,
        Guid lockToken,
        string? reason = null,
        string? description = null,
        IReadOnlyDictionary<string, object?>? propertiesToModify = null,
        CancellationToken cancellationToken = default);
}
