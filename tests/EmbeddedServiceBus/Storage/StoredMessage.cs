namespace EmbeddedServiceBus.Storage;

/// <summary>A message as it was read, decoded only on the thread of the caller that it goes to.</summary>
internal readonly record struct StoredMessage(MessageRow Row, Payload Payload)
{
    /// <summary>As its receiver sees it: with its lock, and this delivery counted.</summary>
    public ReceivedMessage AsReceived() => ToMessage(Row.DeliveryCount + 1) with
    {
        LockToken = Row.LockToken,
        LockedUntil = Row.LockToken is null ? null : Instant(Row.Due),
    };

    /// <summary>As one who peeks sees it.</summary>
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
