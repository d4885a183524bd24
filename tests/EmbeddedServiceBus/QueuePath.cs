namespace EmbeddedServiceBus;

/// <summary>Path of a queue or of its dead letters, as a client writes it.</summary>
public readonly record struct QueuePath(string Queue, bool IsDeadLetter)
{
    /// <summary>What follows the queue's name, in any case.</summary>
    public const string DeadLetterSuffix = "/$deadletterqueue";

    /// <summary>Parses any text. A path to no queue is only detected when it is looked up.</summary>
    public static QueuePath Parse(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path.EndsWith(DeadLetterSuffix, StringComparison.OrdinalIgnoreCase)
            ? new QueuePath(path[..^DeadLetterSuffix.Length], IsDeadLetter: true)
            : new QueuePath(path, IsDeadLetter: false);
    }
}
