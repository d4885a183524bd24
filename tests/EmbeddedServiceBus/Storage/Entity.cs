namespace EmbeddedServiceBus.Storage;

/// <summary>
/// Queue or its dead letters, with the counts that are known without reading the file. They follow from the file's rows, and are reloaded when a
/// transaction is rolled back. Only the writer's thread uses it, except for values that never change.
/// </summary>
internal sealed class Entity(Queue queue, bool isDeadLetter)
{
    /// <summary>The id of the entity in the file's rows.</summary>
    public long Id { get; } = (queue.Id * 2) + (isDeadLetter ? 1 : 0);

    public Queue Queue { get; } = queue;

    public bool IsDeadLetter { get; } = isDeadLetter;

    public long Active { get; private set; }

    public long Scheduled { get; private set; }

    public long Deferred { get; private set; }

    public long Locked { get; private set; }

    /// <summary>The size of its messages, as they were sent.</summary>
    public long Bytes { get; private set; }

    public long Total => Active + Scheduled + Deferred;

    /// <summary>False only if no message is ready, so that receivers need not search.</summary>
    public bool MayBeReady { get; set; } = true;

    /// <summary>Whether the earliest due time may have changed since it was last read.</summary>
    public bool DueChanged { get; set; } = true;

    /// <summary>The earliest time at which a message is due, in UTC ticks; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDue { get; set; } = long.MaxValue;

    public void Forget()
    {
        Active = Scheduled = Deferred = Locked = Bytes = 0;
        MayBeReady = DueChanged = true;
    }

    /// <param name="state">The state of the messages that were added or removed.</param>
    /// <param name="locked">Whether they are, or were, locked.</param>
    /// <param name="change">How many were added or, as a negative number, removed.</param>
    /// <param name="bytes">Their size, with the sign of <paramref name="change"/>.</param>
    public void Count(MessageState state, bool locked, long change, long bytes)
    {
        Bytes += bytes;
        switch (state)
        {
            case MessageState.Active: Active += change; break;
            case MessageState.Scheduled: Scheduled += change; break;
            case MessageState.Deferred: Deferred += change; break;
            default: throw new InvalidDataException($"The file holds a message in an unknown state, {state}.");
        }

        if (locked)
            Locked += change;
    }
}
