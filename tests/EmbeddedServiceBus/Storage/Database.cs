using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EmbeddedServiceBus.Storage;

/// <summary>Data file: its connection and its transaction. Used by one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    private readonly DataDirectory? directory;
    private readonly Statement begin;
    private readonly Statement commit;
    private readonly Statement rollback;

    private Database(DataDirectory? directory, SqliteConnection connection)
    {
        this.directory = directory;
        Connection = connection;
        begin = new Statement(connection, "BEGIN IMMEDIATE");
        commit = new Statement(connection, "COMMIT");
        rollback = new Statement(connection, "ROLLBACK");
    }

    public SqliteConnection Connection { get; }

    /// <exception cref="IOException">Another broker has the directory open.</exception>
    /// <exception cref="InvalidDataException">The file was written by another version.</exception>
    public static Database Open(BrokerOptions options)
    {
        var directory = options.DataDirectory is { } path ? DataDirectory.Open(path) : null;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = directory?.Database ?? ":memory:",
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            // Exclusive locking before WAL avoids a shared-memory file and its locks at every transaction. FULL flushes the log at every commit. The
            // checkpoint is at 32 MiB of log instead of 4, so that messages sent and settled in between are written to the file once. The cache is
            // limited to 16 MiB, because a commit after a page split scans all of its slots.
            Execute(connection, """
                PRAGMA locking_mode = EXCLUSIVE;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = 8000;
                PRAGMA cache_size = -16384;
                PRAGMA temp_store = MEMORY;
                """);
            if (options.MaxFileBytes is { } bytes)
                Execute(connection, $"PRAGMA max_page_count = {bytes / Scalar(connection, "PRAGMA page_size")}");

            switch (Scalar(connection, "PRAGMA user_version"))
            {
                case 0:
                    Execute(connection, $"BEGIN; {Schema.Sql} COMMIT;");
                    break;
                case 1:
                    Execute(connection, $"BEGIN; {Schema.FromVersion1} COMMIT;");
                    break;
                case 2:
                    Execute(connection, $"BEGIN; {Schema.FromVersion2} COMMIT;");
                    break;
                case Schema.Version:
                    break;
                case var other:
                    throw new InvalidDataException($"'{directory?.Database}' is of version {other}; this broker reads version {Schema.Version}.");
            }

            return new Database(directory, connection);
        }
        catch
        {
            connection.Dispose();
            directory?.Dispose();
            throw;
        }
    }

    public void Begin() => begin.Run();

    public void Commit() => commit.Run();

    /// <summary>Rolls the transaction back. Does nothing if SQLite has already done so, for example because the disk is full.</summary>
    public void Rollback()
    {
        if (raw.sqlite3_get_autocommit(Connection.Handle) == 0)
            rollback.Run();
    }

    public void Dispose()
    {
        begin.Dispose();
        commit.Dispose();
        rollback.Dispose();
        Connection.Dispose();
        directory?.Dispose();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
