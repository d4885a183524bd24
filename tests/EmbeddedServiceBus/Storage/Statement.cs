using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EmbeddedServiceBus.Storage;

/// <summary>Prepared statement whose parameters are <c>$1</c>, <c>$2</c> and so on.</summary>
/// <remarks>
/// Statements that run for every message use SQLite directly. <see cref="SqliteCommand"/> looks up each parameter by name every time, and creates a
/// reader even if there is nothing to read.
/// </remarks>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 connection;
    private readonly SqliteCommand command;
    private readonly sqlite3_stmt prepared;

    /// <summary>SQLite numbers parameters by their first occurrence in the text, whatever their names.</summary>
    private readonly int[] positions;

    /// <summary>Which parameters have a value. SQLite keeps bound values, and most columns of a message are empty.</summary>
    private readonly bool[] isBound;

    public Statement(SqliteConnection connection, string sql, int parameters = 0)
    {
        this.connection = connection.Handle!;
        command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 1; i <= parameters; i++)
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
        command.Prepare();
        Check(raw.sqlite3_prepare_v2(this.connection, sql, out prepared));
        positions = [.. Enumerable.Range(1, parameters).Select(i => raw.sqlite3_bind_parameter_index(prepared, $"${i}"))];
        isBound = new bool[parameters];
    }

    /// <returns>The number of rows changed.</returns>
    public int Run(params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] is null && !isBound[i])
                continue;
            Check(Bind(positions[i], values[i]));
            isBound[i] = values[i] is not null;
        }

        var result = raw.sqlite3_step(prepared);
        var ended = raw.sqlite3_reset(prepared);
        if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
            Check(ended);
        return raw.sqlite3_changes(connection);
    }

    /// <summary>Runs a query. The reader must be disposed before the statement is used again.</summary>
    public SqliteDataReader Query(params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command.ExecuteReader();
    }

    public void Dispose()
    {
        prepared.Dispose();
        command.Dispose();
    }

    private int Bind(int parameter, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(prepared, parameter),
        long number => raw.sqlite3_bind_int64(prepared, parameter, number),
        int number => raw.sqlite3_bind_int64(prepared, parameter, number),
        string text => raw.sqlite3_bind_text(prepared, parameter, text),
        byte[] bytes => raw.sqlite3_bind_blob(prepared, parameter, bytes),
        ReadOnlyMemory<byte> bytes => raw.sqlite3_bind_blob(prepared, parameter, bytes.Span),
        _ => throw new ArgumentException($"A column cannot store a {value.GetType().Name}.", nameof(value)),
    };

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, connection);
}
