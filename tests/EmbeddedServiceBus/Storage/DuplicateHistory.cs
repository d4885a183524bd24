using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EmbeddedServiceBus.Storage;

/// <summary>
/// History of the MessageIds that were accepted within each queue's window. The file stores them in order of arrival, so that a new one is appended.
/// They are looked up in memory, where an id takes some 50 bytes.
/// </summary>
internal sealed class DuplicateHistory : IDisposable
{
    /// <summary>The maximum number of expired ids that one transaction removes, which bounds how long callers wait for the cleanup.</summary>
    private const int CleanupChunk = 2_000;

    /// <summary>The minimum time between removals of rows. An id that has expired is ignored even while its row exists.</summary>
    private static readonly TimeSpan CleanupInterval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<long, KnownIds> queues;

    // The changes of the current transaction in memory, with the previous values.
    private readonly List<(KnownIds Ids, UInt128 Digest, long? Before)> changes = [];

    private readonly Statement append;
    private readonly Statement read;
    private readonly Statement remove;

    public DuplicateHistory(Database database, IEnumerable<Queue> queues)
    {
        var connection = database.Connection;
        append = new Statement(connection, "INSERT INTO duplicate (queue, id, message_id, expires_at) VALUES ($1, $2, $3, $4)", 4);
        read = new Statement(connection, "SELECT id, message_id, expires_at FROM duplicate WHERE queue = $1 ORDER BY id LIMIT $2", 2);
        remove = new Statement(connection, "DELETE FROM duplicate WHERE queue = $1 AND id <= $2", 2);
        this.queues = queues.ToDictionary(queue => queue.Id, Load);
    }

    /// <summary>When <see cref="Cleanup"/> has work, in UTC ticks; <see cref="long.MaxValue"/> for never.</summary>
    public long NextCleanup { get; private set; } = long.MinValue;

    /// <summary>Returns whether the id is new. A new id is recorded for the duration of the queue's window.</summary>
    public bool IsNew(Queue queue, string? messageId, long now)
    {
        if (queue.Options.DuplicateDetectionWindow is not { } window || string.IsNullOrEmpty(messageId))
            return true;
        var ids = queues[queue.Id];
        var digest = Digest(messageId);
        if (ids.Expiry.TryGetValue(digest, out var known) && known > now)
            return false;

        // An id whose window has passed counts as new, even if its row still exists. There are then two rows, and the older one is removed first.
        var expiresAt = now + window.Ticks;
        append.Run(queue.Id, ++ids.LastRow, messageId, expiresAt);
        Change(ids, digest, expiresAt);
        NextCleanup = Math.Min(NextCleanup, expiresAt);
        return true;
    }

    /// <summary>Removes expired ids. If there are very many, the rest is left for the next call, which follows at once.</summary>
    public void Cleanup(long now)
    {
        var earliest = queues.Select(queue => Clean(queue.Key, queue.Value, now)).Append(long.MaxValue).Min();
        NextCleanup = earliest is long.MaxValue || earliest <= now ? earliest : Math.Max(earliest, now + CleanupInterval.Ticks);
    }

    /// <summary>Accepts the changes after the transaction was committed.</summary>
    public void AcceptChanges() => changes.Clear();

    /// <summary>Reverts the changes after the transaction was rolled back.</summary>
    public void Undo()
    {
        for (var i = changes.Count - 1; i >= 0; i--)
        {
            var (ids, digest, before) = changes[i];
            Set(ids, digest, before);
        }

        changes.Clear();
        NextCleanup = long.MinValue;
    }

    public void Dispose()
    {
        append.Dispose();
        read.Dispose();
        remove.Dispose();
    }

    /// <returns>When the queue's next id expires; <see cref="long.MaxValue"/> for never.</returns>
    private long Clean(long queue, KnownIds ids, long now)
    {
        long? last = null;
        var earliest = long.MaxValue;
        using (var rows = read.Query(queue, CleanupChunk))
        {
            while (rows.Read())
            {
                earliest = rows.GetInt64(2);
                if (earliest > now)
                    break;
                last = rows.GetInt64(0);
                var digest = Digest(rows.GetString(1));
                if (ids.Expiry.GetValueOrDefault(digest) == earliest)
                    Change(ids, digest, expiresAt: null);
            }
        }

        if (last is { } row)
            remove.Run(queue, row);
        // If this was the last id, the next call returns that there is none.
        return earliest;
    }

    private KnownIds Load(Queue queue)
    {
        var ids = new KnownIds();
        using var rows = read.Query(queue.Id, -1);
        while (rows.Read())
        {
            ids.LastRow = rows.GetInt64(0);
            ids.Expiry[Digest(rows.GetString(1))] = rows.GetInt64(2);
        }

        return ids;
    }

    private void Change(KnownIds ids, UInt128 digest, long? expiresAt)
    {
        changes.Add((ids, digest, ids.Expiry.TryGetValue(digest, out var before) ? before : null));
        Set(ids, digest, expiresAt);
    }

    private static void Set(KnownIds ids, UInt128 digest, long? expiresAt)
    {
        if (expiresAt is { } known)
            ids.Expiry[digest] = known;
        else
            ids.Expiry.Remove(digest);
    }

    // Half of a SHA-256: nobody can construct a collision, and the probability that any of a billion ids collide is 10^-20.
    private static UInt128 Digest(string messageId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(messageId.AsSpan()), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    /// <summary>Known ids of one queue.</summary>
    private sealed class KnownIds
    {
        /// <summary>When each id expires, in UTC ticks.</summary>
        public Dictionary<UInt128, long> Expiry { get; } = [];

        public long LastRow { get; set; }
    }
}
