using EmbeddedServiceBus.Content;
using EmbeddedServiceBus.Storage;

namespace EmbeddedServiceBus;

/// <summary>
/// Rules for each step of a message's life, applied within the current transaction. A <see cref="BrokerException"/> does not roll the
/// transaction back, so every member validates everything before it writes anything.
/// </summary>
internal sealed class MessageRules(QueueStore queues, MessageStore messages, DuplicateHistory duplicates)
{
    /// <summary>The maximum number of due messages of an entity in one transaction, which bounds how long callers wait.</summary>
    private const int DueChunk = 1_000;

    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.QuotaExceeded"/>: the queue has no room for that many more bytes.</exception>
    public static void ThrowIfFull(Queue queue, long bytes)
    {
        var limit = queue.Options.MaxBytes;
        if (queue.Main.Bytes + queue.DeadLetters.Bytes + bytes > limit)
            throw new BrokerException(BrokerErrorReason.QuotaExceeded, $"The queue '{queue.Options.Name}' is full. Its maximum size is {limit} bytes, including dead letters.");
    }

    /// <returns>The sequence number of the message. For a duplicate it belongs to no message.</returns>
    public long Accept(Queue queue, Payload payload, long size, long now)
    {
        var sequence = queue.NextSequence();
        if (!duplicates.IsNew(queue, payload.Content.MessageId, now))
            return sequence;

        var scheduledAt = payload.Content.ScheduledEnqueueTime?.UtcTicks;
        var isScheduled = scheduledAt > now;
        var expiresAt = isScheduled ? null : Expiry(payload.Content.TimeToLive, now);
        messages.Add(new MessageRow
        {
            Entity = queue.Main,
            Sequence = sequence,
            PayloadId = messages.Add(payload),
            State = isScheduled ? MessageState.Scheduled : MessageState.Active,
            EnqueuedSequence = sequence,
            EnqueuedAt = now,
            ExpiresAt = expiresAt,
            DeliveryCount = 0,
            Due = isScheduled ? scheduledAt : expiresAt,
            Size = size,
        });
        return sequence;
    }

    public void CancelScheduled(Entity entity, IReadOnlyList<long> sequences, long now)
    {
        var rows = sequences.Distinct().Select(sequence => messages.Find(entity, sequence)).ToList();
        // A scheduled message whose time has come is active, even if the broker has not processed it yet.
        if (rows.Exists(row => row is not { State: MessageState.Scheduled } || row.Due <= now))
            throw NotFound("One of the messages is not scheduled.");
        foreach (var row in rows)
            messages.Remove(row!);
    }

    public IReadOnlyList<StoredMessage> Receive(Entity entity, int count, ReceiveMode mode, long now)
    {
        var received = new List<StoredMessage>();
        while (received.Count < count)
        {
            var wanted = count - received.Count;
            var ready = messages.Ready(entity, wanted);
            foreach (var message in ready)
            {
                if (message.Row.HasExpired(now))
                    Expire(message.Row);
                else
                    received.Add(Deliver(message, mode, now));
            }

            if (ready.Count < wanted)
            {
                entity.MayBeReady = false;
                break;
            }
        }

        return received;
    }

    public IReadOnlyList<StoredMessage> ReceiveDeferred(Entity entity, IReadOnlyList<long> sequences, ReceiveMode mode, long now)
    {
        var rows = sequences.Distinct().Select(sequence => messages.Find(entity, sequence)).ToList();
        foreach (var expired in rows.Where(row => row is { State: MessageState.Deferred, LockToken: null } && row.HasExpired(now)))
            Expire(expired!);
        if (rows.Exists(row => row is not { State: MessageState.Deferred, LockToken: null } || row.HasExpired(now)))
            throw NotFound("One of the messages is not deferred, or is locked.");
        return [.. rows.Select(row => Deliver(new StoredMessage(row!, messages.Payload(row!)), mode, now))];
    }

    public IReadOnlyList<StoredMessage> Peek(Entity entity, long fromSequence, int count) => messages.From(entity, fromSequence, count);

    public long Renew(Entity entity, Guid token, long now)
    {
        var row = Locked(entity, token, now);
        var until = now + entity.Queue.Options.LockDuration.Ticks;
        messages.Replace(row, row with { Due = until });
        return until;
    }

    public void Complete(Entity entity, Guid token, long now) => messages.Remove(Locked(entity, token, now));

    public void Abandon(Entity entity, Guid token, IReadOnlyDictionary<string, object?>? modified, long now)
    {
        var row = Locked(entity, token, now);
        Modify(row, modified);
        EndDelivery(row, now);
    }

    public void Release(Entity entity, Guid token, long now) => Unlock(Locked(entity, token, now), deliveries: 0, now);

    public void Defer(Entity entity, Guid token, IReadOnlyDictionary<string, object?>? modified, long now)
    {
        var row = Locked(entity, token, now);
        Modify(row, modified);
        // Nothing is due: a deferred message expires only when it is requested.
        messages.Replace(row, row with { State = MessageState.Deferred, LockToken = null, Due = null });
    }

    public void DeadLetter(
        Entity entity, Guid token, string? reason, string? description, IReadOnlyDictionary<string, object?>? modified, long now)
    {
        var row = Locked(entity, token, now);
        if (entity.IsDeadLetter)
            throw new BrokerException(BrokerErrorReason.GeneralError, "A message in a dead-letter queue cannot be dead-lettered.");
        DeadLetter(row, reason, description, modified);
    }

    /// <returns>Whether there was such a message, in any state.</returns>
    public bool Delete(Entity entity, long sequence)
    {
        if (messages.Find(entity, sequence) is not { } row)
            return false;
        messages.Remove(row);
        return true;
    }

    /// <summary>Processes due work: expired locks, scheduled times, expired messages. If there is more than fits into one transaction, the next call processes
    /// the rest.</summary>
    public void RaiseDue(long now)
    {
        if (duplicates.NextCleanup <= now)
            duplicates.Cleanup(now);
        foreach (var entity in queues.Entities)
        {
            if (messages.NextDue(entity) > now)
                continue;
            foreach (var row in messages.Due(entity, now, DueChunk))
            {
                if (row.LockToken is not null)
                    EndDelivery(row, now);
                else if (row.State == MessageState.Scheduled)
                    Activate(row, now);
                else
                    Expire(row);
            }
        }
    }

    /// <returns>When work is due next, in UTC ticks; <see cref="long.MaxValue"/> for never.</returns>
    public long NextDue() => queues.Entities.Select(messages.NextDue).Append(duplicates.NextCleanup).Min();

    private StoredMessage Deliver(StoredMessage message, ReceiveMode mode, long now)
    {
        var row = message.Row;
        if (mode == ReceiveMode.ReceiveAndDelete)
        {
            messages.Remove(row);
            return message;
        }

        var locked = row with { LockToken = LockToken.Create(row.Sequence), Due = now + row.Entity.Queue.Options.LockDuration.Ticks };
        messages.Replace(row, locked);
        return message with { Row = locked };
    }

    private MessageRow Locked(Entity entity, Guid token, long now)
    {
        var row = messages.Find(entity, LockToken.SequenceOf(token));
        // A null token must not match a message that is not locked.
        return row?.LockToken == token && row.Due > now
            ? row
            : throw new BrokerException(
                BrokerErrorReason.MessageLockLost,
                "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.");
    }

    /// <summary>Counts a failed delivery: the message was abandoned, or its lock expired.</summary>
    private void EndDelivery(MessageRow row, long now)
    {
        var limit = row.Entity.Queue.Options.MaxDeliveryCount;
        if (row.Entity.IsDeadLetter || row.DeliveryCount + 1 < limit)
        {
            Unlock(row, deliveries: 1, now);
            return;
        }

        DeadLetter(
            row with { DeliveryCount = row.DeliveryCount + 1 },
            DeadLetterReasons.MaxDeliveryCountExceeded,
            $"Message could not be consumed after {limit} delivery attempts.",
            modified: null);
    }

    private void Unlock(MessageRow row, int deliveries, long now)
    {
        var unlocked = row with
        {
            LockToken = null,
            DeliveryCount = row.DeliveryCount + deliveries,
            Due = row.State == MessageState.Active && !row.Entity.IsDeadLetter ? row.ExpiresAt : null,
        };
        messages.Replace(row, unlocked);
        if (!row.Entity.IsDeadLetter && unlocked.IsReady && unlocked.HasExpired(now))
            Expire(unlocked);
    }

    private void Activate(MessageRow row, long now)
    {
        var expiresAt = Expiry(messages.Payload(row).Content.TimeToLive, now);
        messages.Replace(row, row with
        {
            Sequence = row.Entity.Queue.NextSequence(),
            State = MessageState.Active,
            EnqueuedAt = now,
            ExpiresAt = expiresAt,
            Due = expiresAt,
        });
    }

    private void Expire(MessageRow row)
    {
        if (row.Entity.Queue.Options.DeadLetterOnExpiry)
            DeadLetter(row, DeadLetterReasons.TimeToLiveExpired, "The message expired and was dead lettered.", modified: null);
        else
            messages.Remove(row);
    }

    private void DeadLetter(MessageRow row, string? reason, string? description, IReadOnlyDictionary<string, object?>? modified)
    {
        var properties = new Dictionary<string, object?>(modified ?? PropertyCodec.Decode(encoded: null), StringComparer.Ordinal);
        if (reason is not null)
            properties[DeadLetterReasons.ReasonProperty] = reason;
        if (description is not null)
            properties[DeadLetterReasons.DescriptionProperty] = description;
        Modify(row, properties);
        messages.Replace(row, row with { Entity = row.Entity.Queue.DeadLetters, State = MessageState.Active, LockToken = null, Due = null });
    }

    private void Modify(MessageRow row, IReadOnlyDictionary<string, object?>? modified)
    {
        if (modified is null or { Count: 0 })
            return;
        var properties = new Dictionary<string, object?>(PropertyCodec.Decode(messages.Properties(row)), StringComparer.Ordinal);
        foreach (var (name, value) in modified)
            properties[name] = value;
        messages.WriteProperties(row, PropertyCodec.Encode(properties));
    }

    private static long? Expiry(TimeSpan? timeToLive, long now) =>
        timeToLive is { } ttl && ttl.Ticks < DateTimeOffset.MaxValue.UtcTicks - now ? now + ttl.Ticks : null;

    private static BrokerException NotFound(string message) => new(BrokerErrorReason.MessageNotFound, message);
}
