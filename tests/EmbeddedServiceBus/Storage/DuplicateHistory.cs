namespace EmbeddedServiceBus.Storage;

/// <summary>The MessageIds that were accepted within each queue's window.</summary>
internal sealed class DuplicateHistory(Database database) : IDisposable
{
    /// <summary>How many forgotten ids are removed in one transaction, so that callers do not wait for the cleaning.</summary>
    private const int CleanupChunk = 2_000;

    /// <summary>How often rows are removed, at most: an id is forgotten at its instant all the same.</summary>
    private static readonly TimeSpan CleanupInterval = TimeSpan.FromMinutes(1);

    // Looked up and remembered in one: an id whose window is over counts as new, though its row may still be there.
    private readonly Statement remember = new(database.Connection, """
        INSERT INTO duplicate (queue, message_id, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (queue, message_id) DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at <= $4
        """, 4);

    private readonly Statement readExpired = new(
        database.Connection, "SELECT queue, message_id FROM duplicate WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2", 2);

    private readonly Statement remove = new(database.Connection, "DELETE FROM duplicate WHERE queue = $1 AND message_id = $2", 2);

    private readonly Statement readEarliest = new(database.Connection, "SELECT expires_at FROM duplicate ORDER BY expires_at LIMIT 1");

    /// <summary>When <see cref="Cleanup"/> has something to do, in UTC ticks; <see cref="long.MaxValue"/>: never.</summary>
    public long NextCleanup { get; private set; } = long.MinValue;

    /// <returns>Whether the id is new; then it is remembered for the queue's window from now on.</returns>
    public bool IsNew(Queue queue, string? messageId, long now)
    {
        if (queue.Options.DuplicateDetectionWindow is not { } window || string.IsNullOrEmpty(messageId))
            return true;
        var expiresAt = now + window.Ticks;
        NextCleanup = Math.Min(NextCleanup, expiresAt);
        return remember.Run(queue.Id, messageId, expiresAt, now) == 1;
    }

    /// <summary>Removes ids whose window is over; when there are a great many, some are left for the next time, which is at once.</summary>
    public void Cleanup(long now)
    {
        // One by one: a DELETE with a subquery of row values goes through a queue's whole history, as EXPLAIN QUERY PLAN shows.
        foreach (var (queue, messageId) in Expired(now))
            remove.Run(queue, messageId);

        using var row = readEarliest.Query();
        if (!row.Read())
            NextCleanup = long.MaxValue;
        else if (row.GetInt64(0) is var earliest && earliest > now)
            NextCleanup = Math.Max(earliest, now + CleanupInterval.Ticks);
    }

    public void Dispose()
    {
        remember.Dispose();
        readExpired.Dispose();
        remove.Dispose();
        readEarliest.Dispose();
    }

    private List<(long Queue, string MessageId)> Expired(long now)
    {
        using var rows = readExpired.Query(now, CleanupChunk);
        var expired = new List<(long, string)>();
        while (rows.Read())
            expired.Add((rows.GetInt64(0), rows.GetString(1)));
        return expired;
    }
}
