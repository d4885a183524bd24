namespace EmbeddedServiceBus.Storage;

/// <summary>Message as read from the file. It is decoded on the thread of the caller that gets it.</summary>
internal readonly record struct StoredMessage(MessageRow Row, Payload Payload)
{
    /// <summary>Returns the message for its receiver, with its lock and a delivery count that includes this delivery.</summary>
    public ReceivedMessage AsReceived() => ToMessage(Row.DeliveryCount + 1) with
    {
        LockToken = Row.LockToken,
        LockedUntil = Row.LockToken is null ? null : Instant(Row.Due),
    };

    /// <summary>Returns the message for a peek.</summary>
    public ReceivedMessage AsPeeked() => ToMessage(Row.DeliveryCount);

    private ReceivedMessage ToMessage(int deliveryCount) => new()
    {
        Message = Payload.Decode(),
        SequenceNumber = Row.Sequence,
        EnqueuedSequenceNumber = Row.EnqueuedSequence,
        EnqueuedTime = Instant(Row.EnqueuedAt),
        ExpiresAt = Instant(Row.ExpiresAt),
        DeliveryCount = deliveryCount,
        State = Row.State,
        DeadLetterSource = Row.Entity.IsDeadLetter ? Row.Entity.Queue.Options.Name : null,
    };

    private static DateTimeOffset Instant(long? ticks) => ticks is { } known ? new(known, TimeSpan.Zero) : DateTimeOffset.MaxValue;
}
