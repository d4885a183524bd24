using EmbeddedServiceBus.Commits;
using EmbeddedServiceBus.Content;
using EmbeddedServiceBus.Storage;

namespace EmbeddedServiceBus;

/// <summary>
/// Service Bus namespace in this process, with its state in one SQLite file. All members are thread-safe, and concurrent calls are faster because
/// they share transactions. The README of this folder lists which behaviour of the service it has and which it lacks.
/// </summary>
public sealed class EmbeddedBroker : IServiceBusBroker
{
    private readonly DataFile file;
    private readonly Writer writer;
    private readonly TimeProvider clock;

    private EmbeddedBroker(DataFile file, BrokerOptions options)
    {
        this.file = file;
        clock = options.TimeProvider;
        Queues = [.. options.Queues];
        writer = new Writer(file, clock);
    }

    /// <summary>The declared queues.</summary>
    public IReadOnlyList<QueueOptions> Queues { get; }

    /// <exception cref="ArgumentException">A queue is declared twice, or its declaration is invalid.</exception>
    /// <exception cref="IOException">Another broker has the data directory open.</exception>
    /// <exception cref="InvalidDataException">The data directory was written by another version.</exception>
    public static EmbeddedBroker Open(BrokerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var queue in options.Queues)
            queue.Validate();
        return new EmbeddedBroker(new DataFile(options), options);
    }

    /// <inheritdoc/>
    public async Task SendAsync(string queue, IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default) =>
        await AcceptAsync(queue, messages, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ScheduleAsync(
        string queue, IReadOnlyList<BrokerMessage> messages, DateTimeOffset enqueueAt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return AcceptAsync(queue, [.. messages.Select(message => message with { ScheduledEnqueueTime = enqueueAt })], cancellationToken);
    }

    /// <inheritdoc/>
    public Task CancelScheduledAsync(string queue, IReadOnlyList<long> sequenceNumbers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sequenceNumbers);
        return DoAsync(queue, (rules, entity, now) => rules.CancelScheduled(entity, sequenceNumbers, now), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queue, int maxMessages, TimeSpan maxWait, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        cancellationToken.ThrowIfCancellationRequested();
        var now = clock.GetUtcNow().UtcTicks;
        var deadline = maxWait == Timeout.InfiniteTimeSpan || maxWait.Ticks > DateTimeOffset.MaxValue.UtcTicks - now
            ? long.MaxValue
            : now + maxWait.Ticks;
        var receiver = new Receiver(file.Find(queue), maxMessages, mode, deadline, writer.Wake, cancellationToken);
        writer.Post(receiver);
        return [.. (await receiver.Task.ConfigureAwait(false)).Select(message => message.AsReceived())];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReceivedMessage>> ReceiveDeferredAsync(
        string queue, IReadOnlyList<long> sequenceNumbers, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sequenceNumbers);
        var messages = await DoAsync(
            queue, (rules, entity, now) => rules.ReceiveDeferred(entity, sequenceNumbers, mode, now), cancellationToken).ConfigureAwait(false);
        return [.. messages.Select(message => message.AsReceived())];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReceivedMessage>> PeekAsync(
        string queue, long fromSequenceNumber, int maxMessages, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        var messages = await DoAsync(
            queue, (rules, entity, _) => rules.Peek(entity, fromSequenceNumber, maxMessages), cancellationToken).ConfigureAwait(false);
        return [.. messages.Select(message => message.AsPeeked())];
    }

    /// <inheritdoc/>
    public async Task<DateTimeOffset> RenewLockAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) =>
        new(await DoAsync(queue, (rules, entity, now) => rules.Renew(entity, lockToken, now), cancellationToken).ConfigureAwait(false), TimeSpan.Zero);

    /// <inheritdoc/>
    public Task CompleteAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) =>
        DoAsync(queue, (rules, entity, now) => rules.Complete(entity, lockToken, now), cancellationToken);

    /// <inheritdoc/>
    public Task AbandonAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default)
    {
        var modified = Snapshot(propertiesToModify);
        return DoAsync(queue, (rules, entity, now) => rules.Abandon(entity, lockToken, modified, now), cancellationToken);
    }

    /// <summary>
    /// Releases the lock of a message that no application has seen. The message is available at once, and its delivery count unchanged. Applications
    /// cannot request this. Protocols do, for AMQP's outcome <c>released</c> and for a message that could not be sent.
    /// </summary>
    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessageLockLost"/>: the lock has expired or was settled.</exception>
    public Task ReleaseAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) =>
        DoAsync(queue, (rules, entity, now) => rules.Release(entity, lockToken, now), cancellationToken);

    /// <inheritdoc/>
    public Task DeferAsync(
        string queue, Guid lockToken, IReadOnlyDictionary<string, object?>? propertiesToModify = null, CancellationToken cancellationToken = default)
    {
        var modified = Snapshot(propertiesToModify);
        return DoAsync(queue, (rules, entity, now) => rules.Defer(entity, lockToken, modified, now), cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeadLetterAsync(
        string queue,
        Guid lockToken,
        string? reason = null,
        string? description = null,
        IReadOnlyDictionary<string, object?>? propertiesToModify = null,
        CancellationToken cancellationToken = default)
    {
        ThrowIfLonger(reason, MessageLimits.DeadLetterTextCharacters, nameof(reason));
        ThrowIfLonger(description, MessageLimits.DeadLetterTextCharacters, nameof(description));
        var modified = Snapshot(propertiesToModify);
        return DoAsync(
            queue, (rules, entity, now) => rules.DeadLetter(entity, lockToken, reason, description, modified, now), cancellationToken);
    }

    /// <summary>Counts the messages of a queue or dead-letter queue, exactly and at this moment.</summary>
    public Task<QueueCounts> GetCountsAsync(string queue, CancellationToken cancellationToken = default) =>
        DoAsync(
            queue,
            (_, entity, _) => new QueueCounts(
                entity.Active,
                entity.Scheduled,
                entity.Deferred,
                entity.Locked,
                entity.IsDeadLetter ? 0 : entity.Queue.DeadLetters.Total),
            cancellationToken);

    /// <summary>Returns the size of the messages of the queue and its dead letters, in bytes, as AMQP encoded them when they were sent.</summary>
    public Task<long> GetSizeAsync(string queue, CancellationToken cancellationToken = default) =>
        DoAsync(queue, (_, entity, _) => entity.Queue.Main.Bytes + entity.Queue.DeadLetters.Bytes, cancellationToken);

    /// <summary>Removes messages in any state, including locked ones, for data that must be erased. Their MessageIds stay in the duplicate
    /// history.</summary>
    /// <returns>The number of messages removed.</returns>
    public Task<int> DeleteAsync(string queue, IReadOnlyList<long> sequenceNumbers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sequenceNumbers);
        return DoAsync(queue, (rules, entity, _) => sequenceNumbers.Count(sequence => rules.Delete(entity, sequence)), cancellationToken);
    }

    /// <summary>Completes earlier requests, ends the waits of receivers with <see cref="ObjectDisposedException"/>, and closes the file.</summary>
    public async ValueTask DisposeAsync() => await writer.DisposeAsync().ConfigureAwait(false);

    private async Task<IReadOnlyList<long>> AcceptAsync(string queue, IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var entity = file.Find(queue);
        if (entity.IsDeadLetter)
            throw new BrokerException(BrokerErrorReason.GeneralError, "Messages cannot be sent to a dead-letter queue.");
        MessageLimits.Check(messages, entity.Queue.Options);

        // Encoded on the caller's thread, because all callers share the writer's thread.
        var payloads = messages.Select(message => (Content: Encode(message, entity.Queue.Options), Size: AmqpSize.Measure(message))).ToList();
        return await DoAsync(
            queue,
            IReadOnlyList<long> (rules, target, now) =>
            {
                MessageRules.ThrowIfFull(target.Queue, payloads.Sum(payload => payload.Size));
                return [.. payloads.Select(payload => rules.Accept(target.Queue, payload.Content, payload.Size, now))];
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static Payload Encode(BrokerMessage message, QueueOptions queue)
    {
        var properties = PropertyCodec.Encode(message.ApplicationProperties);
        var timeToLive = message.TimeToLive < queue.DefaultTimeToLive ? message.TimeToLive : queue.DefaultTimeToLive;
        // The body is copied: the sender may reuse its buffer, and the commit may come after a cancelled send has returned.
        return new Payload(message with { TimeToLive = timeToLive, Body = message.Body.ToArray() }, properties);
    }

    /// <summary>Validates the properties and returns a copy, which the caller cannot change later.</summary>
    private static Dictionary<string, object?>? Snapshot(IReadOnlyDictionary<string, object?>? properties)
    {
        if (properties is null)
            return null;
        _ = PropertyCodec.Encode(properties);
        return new Dictionary<string, object?>(properties, StringComparer.Ordinal);
    }

    private Task<bool> DoAsync(string queue, Action<MessageRules, Entity, long> work, CancellationToken cancellationToken) =>
        DoAsync(
            queue,
            (rules, entity, now) =>
            {
                work(rules, entity, now);
                return true;
            },
            cancellationToken);

    private async Task<T> DoAsync<T>(string queue, Func<MessageRules, Entity, long, T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entity = file.Find(queue);
        var operation = new Operation<T>((rules, now) => work(rules, entity, now), cancellationToken);
        writer.Post(operation);
        return await operation.Task.ConfigureAwait(false);
    }

    private static void ThrowIfLonger(string? text, int characters, string parameter)
    {
        if (text?.Length > characters)
            throw new ArgumentException($"At most {characters} characters.", parameter);
    }
}
