using EmbeddedServiceBus.Storage;
using Microsoft.Data.Sqlite;

namespace EmbeddedServiceBus.Commits;

/// <summary>Stores over one database, with a transaction that covers them all. Their state in memory always matches the file, whatever
/// fails.</summary>
internal sealed class DataFile : IDisposable
{
    private readonly Database database;
    private readonly QueueStore queues;
    private readonly MessageStore messages;
    private readonly DuplicateHistory duplicates;

    /// <summary>Whether the state in memory may differ from the file.</summary>
    private bool isStale;

    public DataFile(BrokerOptions options)
    {
        database = Database.Open(options);
        try
        {
            queues = new QueueStore(database, options.Queues);
            messages = new MessageStore(database, queues.Entities);
            duplicates = new DuplicateHistory(database, queues.All);
            Rules = new MessageRules(queues, messages, duplicates);
            if (options.ReleaseLocksOnOpen)
                messages.EndLocks(options.TimeProvider.GetUtcNow().UtcTicks);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public MessageRules Rules { get; }

    /// <summary>Returns an entity. The set of entities never changes, so callers may use any thread.</summary>
    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessagingEntityNotFound"/>.</exception>
    public Entity Find(string path) => queues.Find(path);

    /// <returns>Null if everything is on the disk; otherwise the failure because of which nothing is.</returns>
    public Exception? Transact(Action work)
    {
        try
        {
            if (isStale)
                Reload();
            database.Begin();
            work();
            queues.WriteSequences();
            database.Commit();
            duplicates.Keep();
            return null;
        }
        catch (Exception failure)
        {
            // Whatever the failure, the callers get it and the writer continues.
            isStale = true;
            duplicates.Undo();
            return Undo() ?? Translate(failure);
        }
    }

    public void Dispose()
    {
        duplicates.Dispose();
        messages.Dispose();
        queues.Dispose();
        database.Dispose();
    }

    private void Reload()
    {
        queues.Reload();
        messages.Reload();
        isStale = false;
    }

    private Exception? Undo()
    {
        try
        {
            database.Rollback();
            return null;
        }
        catch (SqliteException failure)
        {
            return Translate(failure);
        }
    }

    private static Exception Translate(Exception failure) => failure switch
    {
        SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } =>
            new BrokerException(BrokerErrorReason.QuotaExceeded, "The disk, or what the data file may take of it, is full.", failure),
        SqliteException =>
            new BrokerException(BrokerErrorReason.ServiceCommunicationProblem, "The data file could not be read or written.", failure),
        _ => failure,
    };
}
