namespace EmbeddedServiceBus.Storage;

/// <summary>
/// Queue or dead-letter queue, with counts of its messages in memory. The counts are derived from the file's rows, and reloaded when a transaction is
/// rolled back. Only the writer's thread uses it, except for values that never change.
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

    /// <summary>The size of its messages in bytes, as AMQP encoded them when they were sent.</summary>
    public long Bytes { get; private set; }

    public long Total => Active + Scheduled + Deferred;

    /// <summary>False only if no message is ready, so that receivers need not search.</summary>
    public bool MayBeReady { get; set; } = true;

    /// <summary>Whether the earliest due time may have changed since it was last read.</summary>
    public bool DueChanged { get; set; } = true;

    /// <summary>The earliest time at which a message is due, in UTC ticks; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDue { get; set; } = long.MaxValue;

    /// <summary>Resets the counts, before they are read from the file again.</summary>
    public void Reset()
    {
        Active = Scheduled = Deferred = Locked = Bytes = 0;
        MayBeReady = DueChanged = true;
    }

    /// <summary>Adds messages to the counts, or removes them.</summary>
    /// <param name="state">The state of the messages.</param>
    /// <param name="locked">Whether they are, or were, locked.</param>
    /// <param name="change">The number of messages added; negative if they were removed.</param>
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
