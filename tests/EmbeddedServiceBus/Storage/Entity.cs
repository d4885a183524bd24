namespace EmbeddedServiceBus.Storage;

/// <summary>
/// A queue or its dead letters, with what is known of it without asking the file. All of that follows from the file's rows, and is read again
/// when a transaction is rolled back. Used by the writer's thread only, except for what never changes.
/// </summary>
internal sealed class Entity(Queue queue, bool isDeadLetter)
{
    /// <summary>What rows name it by.</summary>
    public long Id { get; } = (queue.Id * 2) + (isDeadLetter ? 1 : 0);

    public Queue Queue { get; } = queue;

    public bool IsDeadLetter { get; } = isDeadLetter;

    public long Active { get; private set; }

    public long Scheduled { get; private set; }

    public long Deferred { get; private set; }

    public long Locked { get; private set; }

    /// <summary>How much its messages take, as they were sent.</summary>
    public long Bytes { get; private set; }

    public long Total => Active + Scheduled + Deferred;

    /// <summary>False only when no message is ready: receivers need not look.</summary>
    public bool MayBeReady { get; set; } = true;

    /// <summary>Whether the earliest due instant may have changed since it was last asked for.</summary>
    public bool DueChanged { get; set; } = true;

    /// <summary>The earliest instant at which a message is due, in UTC ticks; <see cref="long.MaxValue"/>: none.</summary>
    public long NextDue { get; set; } = long.MaxValue;

    public void Forget()
    {
        Active = Scheduled = Deferred = Locked = Bytes = 0;
        MayBeReady = DueChanged = true;
    }

    /// <param name="state">The state of messages that have come or gone.</param>
    /// <param name="locked">Whether they are, or were, locked.</param>
    /// <param name="change">How many have come, or as a negative number, gone.</param>
    /// <param name="bytes">How much they take, with the sign of <paramref name="change"/>.</param>
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
