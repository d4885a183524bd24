namespace EmbeddedServiceBus.Storage;

/// <summary>A declared queue. Used by the writer's thread only, except for what never changes.</summary>
internal sealed class Queue
{
    public Queue(long id, QueueOptions options)
    {
        Id = id;
        Options = options;
        Main = new Entity(this, isDeadLetter: false);
        DeadLetters = new Entity(this, isDeadLetter: true);
    }

    public long Id { get; }

    public QueueOptions Options { get; }

    public Entity Main { get; }

    public Entity DeadLetters { get; }

    /// <summary>The last sequence number that was given out, as of the transaction under way.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Whether <see cref="LastSequence"/> is to be written before the transaction is committed.</summary>
    public bool SequenceChanged { get; private set; }

    public long NextSequence()
    {
        SequenceChanged = true;
        return ++LastSequence;
    }

    /// <summary>Takes the number that the file holds.</summary>
    public void SequenceIs(long stored)
    {
        LastSequence = stored;
        SequenceChanged = false;
    }
}
