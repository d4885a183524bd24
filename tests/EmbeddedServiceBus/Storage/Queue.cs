namespace EmbeddedServiceBus.Storage;

/// <summary>Declared queue. Only the writer's thread uses it, except for values that never change.</summary>
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

    /// <summary>The last sequence number that was assigned, including the current transaction.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Whether <see cref="LastSequence"/> has to be written before the transaction is committed.</summary>
    public bool SequenceChanged { get; private set; }

    public long NextSequence()
    {
        SequenceChanged = true;
        return ++LastSequence;
    }

    /// <summary>Sets <see cref="LastSequence"/> to the number in the file.</summary>
    public void SetStoredSequence(long stored)
    {
        LastSequence = stored;
        SequenceChanged = false;
    }
}
