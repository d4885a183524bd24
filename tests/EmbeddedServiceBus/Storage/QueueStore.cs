namespace EmbeddedServiceBus.Storage;

/// <summary>Store of the queues, and of the last sequence number of each.</summary>
internal sealed class QueueStore : IDisposable
{
    private readonly Dictionary<string, Queue> byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly Statement readSequence;
    private readonly Statement writeSequence;

    public QueueStore(Database database, IEnumerable<QueueOptions> declared)
    {
        var connection = database.Connection;
        readSequence = new Statement(connection, "SELECT last_sequence FROM queue WHERE id = $1", 1);
        writeSequence = new Statement(connection, "UPDATE queue SET last_sequence = $2 WHERE id = $1", 2);

        using var declare = new Statement(connection, "INSERT INTO queue (name, last_sequence) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING", 1);
        using var find = new Statement(connection, "SELECT id FROM queue WHERE name = $1", 1);
        foreach (var options in declared)
        {
            declare.Run(options.Name);
            using var row = find.Query(options.Name);
            row.Read();
            if (!byName.TryAdd(options.Name, new Queue(row.GetInt64(0), options)))
                throw new ArgumentException($"The queue '{options.Name}' is declared twice.", nameof(declared));
        }

        All = [.. byName.Values];
        Entities = [.. All.SelectMany(queue => new[] { queue.Main, queue.DeadLetters })];
        Reload();
    }

    public IReadOnlyList<Queue> All { get; }

    public IReadOnlyList<Entity> Entities { get; }

    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessagingEntityNotFound"/>.</exception>
    public Entity Find(string path)
    {
        var parsed = QueuePath.Parse(path);
        if (!byName.TryGetValue(parsed.Queue, out var queue))
            throw new BrokerException(BrokerErrorReason.MessagingEntityNotFound, $"The messaging entity '{path}' could not be found.");
        return parsed.IsDeadLetter ? queue.DeadLetters : queue.Main;
    }

    public void WriteSequences()
    {
        foreach (var queue in All.Where(queue => queue.SequenceChanged))
        {
            writeSequence.Run(queue.Id, queue.LastSequence);
            queue.SetStoredSequence(queue.LastSequence);
        }
    }

    public void Reload()
    {
        foreach (var queue in All)
        {
            using var row = readSequence.Query(queue.Id);
            row.Read();
            queue.SetStoredSequence(row.GetInt64(0));
        }
    }

    public void Dispose()
    {
        readSequence.Dispose();
        writeSequence.Dispose();
    }
}
