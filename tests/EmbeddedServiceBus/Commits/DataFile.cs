using EmbeddedServiceBus.Storage;
using Microsoft.Data.Sqlite;

namespace EmbeddedServiceBus.Commits;

/// <summary>Data file that holds all stores and commits their changes in one transaction. If a transaction fails, their state in memory is
/// reloaded from the file.</summary>
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
                messages.ExpireLocks(options.TimeProvider.GetUtcNow().UtcTicks);
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

    /// <summary>Runs work in a transaction. Returns null after the commit, or the exception because of which it was rolled back.</summary>
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
            duplicates.AcceptChanges();
            return null;
        }
        catch (Exception exception)
        {
            // Every exception is passed to the callers, so that the writer's thread continues.
            isStale = true;
            duplicates.Undo();
            return Undo() ?? Translate(exception);
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
        catch (SqliteException exception)
        {
            return Translate(exception);
        }
    }

    private static Exception Translate(Exception exception) => exception switch
    {
        SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } =>
            new BrokerException(BrokerErrorReason.QuotaExceeded, "The disk is full, or the data file has reached its maximum size.", exception),
        SqliteException =>
            new BrokerException(BrokerErrorReason.ServiceCommunicationProblem, "The data file could not be read or written.", exception),
        _ => exception,
    };
}
