using EmbeddedServiceBus.Storage;
using Microsoft.Data.Sqlite;

namespace EmbeddedServiceBus.Commits;

/// <summary>The stores over one database, and the transaction that goes over them all. What they keep in memory follows the file, whatever fails.</summary>
internal sealed class DataFile : IDisposable
{
    private readonly Database database;
    private readonly QueueStore queues;
    private readonly MessageStore messages;
    private readonly DuplicateHistory duplicates;

    /// <summary>Whether what is kept in memory may say something else than the file.</summary>
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

    /// <summary>Which entities there are never changes: callers may ask from any thread.</summary>
    /// <exception cref="BrokerException"><see cref="BrokerErrorReason.MessagingEntityNotFound"/>.</exception>
    public Entity Find(string path) => queues.Find(path);

    /// <returns>Null when everything is on the disk; otherwise why nothing is.</returns>
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
            // Whatever it was, the callers get the error and the writer continues.
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
