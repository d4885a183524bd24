using Microsoft.Data.Sqlite;

namespace EmbeddedServiceBus.Storage;

/// <summary>Store of the messages of all queues. Every change goes through it, so that the entities' counts and due times stay correct.</summary>
internal sealed class MessageStore : IDisposable
{
    private const string RowColumns =
        "m.entity, m.sequence, m.payload, m.state, m.enqueued_sequence, m.enqueued_at, m.expires_at, m.delivery_count, m.lock_token, m.due, m.size";

    private const string PayloadColumns =
        "p.message_id, p.content_type, p.correlation_id, p.subject, p.to_address, p.reply_to, p.reply_to_session_id, p.session_id, "
        + "p.partition_key, p.time_to_live, p.scheduled_at, p.properties, p.body";

    private const int FirstPayloadColumn = 11;

    private readonly List<Statement> statements = [];
    private readonly SqliteConnection connection;
    private readonly IReadOnlyDictionary<long, Entity> entities;

    private readonly Statement insertPayload;
    private readonly Statement insertRow;
    private readonly Statement updateRow;
    private readonly Statement moveRow;
    private readonly Statement deleteRow;
    private readonly Statement deletePayload;
    private readonly Statement readRow;
    private readonly Statement readPayload;
    private readonly Statement readReady;
    private readonly Statement readFrom;
    private readonly Statement readDue;
    private readonly Statement readNextDue;
    private readonly Statement readProperties;
    private readonly Statement writeProperties;
    private readonly Statement readCounts;
    private readonly Statement readLastPayload;
    private readonly Statement expireLocks;

    private long lastPayload;

    public MessageStore(Database database, IReadOnlyList<Entity> entities)
    {
        connection = database.Connection;
        this.entities = entities.ToDictionary(entity => entity.Id);

        insertPayload = Prepare("INSERT INTO payload VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)", 14);
        insertRow = Prepare("INSERT INTO message VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", 11);
        updateRow = Prepare("UPDATE message SET state = $3, delivery_count = $4, lock_token = $5, due = $6 WHERE entity = $1 AND sequence = $2", 6);
        moveRow = Prepare("""
            UPDATE message SET entity = $3, sequence = $4, state = $5, enqueued_at = $6, expires_at = $7, delivery_count = $8, lock_token = $9, due = $10
            WHERE entity = $1 AND sequence = $2
            """, 10);
        deleteRow = Prepare("DELETE FROM message WHERE entity = $1 AND sequence = $2", 2);
        deletePayload = Prepare("DELETE FROM payload WHERE id = $1", 1);
        readRow = Prepare($"SELECT {RowColumns} FROM message m WHERE m.entity = $1 AND m.sequence = $2", 2);
        readPayload = Prepare($"SELECT {PayloadColumns} FROM payload p WHERE p.id = $1", 1);
        readReady = Prepare($"""
            SELECT {RowColumns}, {PayloadColumns} FROM message m INDEXED BY message_ready CROSS JOIN payload p ON p.id = m.payload
            WHERE m.entity = $1 AND m.state = 0 AND m.lock_token IS NULL ORDER BY m.sequence LIMIT $2
            """, 2);
        readFrom = Prepare($"""
            SELECT {RowColumns}, {PayloadColumns} FROM message m CROSS JOIN payload p ON p.id = m.payload
            WHERE m.entity = $1 AND m.sequence >= $2 ORDER BY m.sequence LIMIT $3
            """, 3);
        readDue = Prepare(
            $"SELECT {RowColumns} FROM message m INDEXED BY message_due WHERE m.entity = $1 AND m.due <= $2 ORDER BY m.due, m.sequence LIMIT $3", 3);
        readNextDue = Prepare("SELECT due FROM message INDEXED BY message_due WHERE entity = $1 AND due IS NOT NULL ORDER BY due LIMIT 1", 1);
        readProperties = Prepare("SELECT properties FROM payload WHERE id = $1", 1);
        writeProperties = Prepare("UPDATE payload SET properties = $2 WHERE id = $1", 2);
        readCounts = Prepare("SELECT state, lock_token IS NOT NULL, count(*), sum(size) FROM message WHERE entity = $1 GROUP BY 1, 2", 1);
        readLastPayload = Prepare("SELECT max(id) FROM payload");
        expireLocks = Prepare("UPDATE message SET due = $2 WHERE entity = $1 AND lock_token IS NOT NULL AND due > $2", 2);
        Reload();
    }

    /// <summary>Reloads the state in memory from the file.</summary>
    public void Reload()
    {
        foreach (var entity in entities.Values)
        {
            entity.Reset();
            using var counts = readCounts.Query(entity.Id);
            while (counts.Read())
                entity.Count((MessageState)counts.GetInt32(0), counts.GetBoolean(1), counts.GetInt64(2), counts.GetInt64(3));
        }

        using var last = readLastPayload.Query();
        lastPayload = last.Read() && !last.IsDBNull(0) ? last.GetInt64(0) : 0;
    }

    public long Add(Payload payload)
    {
        var content = payload.Content;
        var id = ++lastPayload;
        insertPayload.Run(
            id,
            content.MessageId,
            content.ContentType,
            content.CorrelationId,
            content.Subject,
            content.To,
            content.ReplyTo,
            content.ReplyToSessionId,
            content.SessionId,
            content.PartitionKey,
            content.TimeToLive?.Ticks,
            content.ScheduledEnqueueTime?.UtcTicks,
            payload.Properties,
            content.Body);
        return id;
    }

    public void Add(MessageRow row)
    {
        insertRow.Run(
            row.Entity.Id,
            row.Sequence,
            row.PayloadId,
            (int)row.State,
            row.EnqueuedSequence,
            row.EnqueuedAt,
            row.ExpiresAt,
            row.DeliveryCount,
            row.LockToken?.ToByteArray(),
            row.Due,
            row.Size);
        UpdateCounts(row, +1);
    }

    public void Replace(MessageRow row, MessageRow with)
    {
        if (with.Entity == row.Entity && with.Sequence == row.Sequence)
            updateRow.Run(row.Entity.Id, row.Sequence, (int)with.State, with.DeliveryCount, with.LockToken?.ToByteArray(), with.Due);
        else
            moveRow.Run(
                row.Entity.Id,
                row.Sequence,
                with.Entity.Id,
                with.Sequence,
                (int)with.State,
                with.EnqueuedAt,
                with.ExpiresAt,
                with.DeliveryCount,
                with.LockToken?.ToByteArray(),
                with.Due);
        UpdateCounts(row, -1);
        UpdateCounts(with, +1);
    }

    public void Remove(MessageRow row)
    {
        deleteRow.Run(row.Entity.Id, row.Sequence);
        deletePayload.Run(row.PayloadId);
        UpdateCounts(row, -1);
    }

    public MessageRow? Find(Entity entity, long sequence)
    {
        using var reader = readRow.Query(entity.Id, sequence);
        return reader.Read() ? Row(reader) : null;
    }

    public Payload Payload(MessageRow row)
    {
        using var reader = readPayload.Query(row.PayloadId);
        reader.Read();
        return Payload(reader, firstColumn: 0);
    }

    /// <summary>Reads the first available messages, by sequence number.</summary>
    public IReadOnlyList<StoredMessage> Ready(Entity entity, int count) => Messages(readReady.Query(entity.Id, count));

    public IReadOnlyList<StoredMessage> From(Entity entity, long sequence, int count) => Messages(readFrom.Query(entity.Id, sequence, count));

    public IReadOnlyList<MessageRow> Due(Entity entity, long now, int count)
    {
        using var reader = readDue.Query(entity.Id, now, count);
        var rows = new List<MessageRow>();
        while (reader.Read())
            rows.Add(Row(reader));
        return rows;
    }

    /// <returns>When the next message is due, in UTC ticks; <see cref="long.MaxValue"/> for none.</returns>
    public long NextDue(Entity entity)
    {
        if (entity.DueChanged)
        {
            using var reader = readNextDue.Query(entity.Id);
            entity.NextDue = reader.Read() ? reader.GetInt64(0) : long.MaxValue;
            entity.DueChanged = false;
        }

        return entity.NextDue;
    }

    public byte[]? Properties(MessageRow row)
    {
        using var reader = readProperties.Query(row.PayloadId);
        reader.Read();
        return reader.IsDBNull(0) ? null : reader.GetFieldValue<byte[]>(0);
    }

    public void WriteProperties(MessageRow row, byte[]? properties) => writeProperties.Run(row.PayloadId, properties);

    /// <summary>Makes every lock expire at <paramref name="now"/>.</summary>
    public void ExpireLocks(long now)
    {
        foreach (var entity in entities.Values.Where(entity => entity.Locked > 0))
        {
            expireLocks.Run(entity.Id, now);
            entity.DueChanged = true;
        }
    }

    public void Dispose() => statements.ForEach(statement => statement.Dispose());

    private static void UpdateCounts(MessageRow row, int change)
    {
        row.Entity.Count(row.State, row.LockToken is not null, change, change * row.Size);
        row.Entity.DueChanged |= row.Due is not null;
        row.Entity.MayBeReady |= change > 0 && row.IsReady;
    }

    private List<StoredMessage> Messages(SqliteDataReader reader)
    {
        using (reader)
        {
            var messages = new List<StoredMessage>();
            while (reader.Read())
                messages.Add(new StoredMessage(Row(reader), Payload(reader, FirstPayloadColumn)));
            return messages;
        }
    }

    private MessageRow Row(SqliteDataReader reader) => new()
    {
        Entity = entities[reader.GetInt64(0)],
        Sequence = reader.GetInt64(1),
        PayloadId = reader.GetInt64(2),
        State = (MessageState)reader.GetInt32(3),
        EnqueuedSequence = reader.GetInt64(4),
        EnqueuedAt = reader.GetInt64(5),
        ExpiresAt = Number(reader, 6),
        DeliveryCount = reader.GetInt32(7),
        LockToken = reader.IsDBNull(8) ? null : new Guid(reader.GetFieldValue<byte[]>(8)),
        Due = Number(reader, 9),
        Size = reader.GetInt64(10),
    };

    private static Payload Payload(SqliteDataReader reader, int firstColumn)
    {
        var content = new BrokerMessage
        {
            MessageId = Text(0),
            ContentType = Text(1),
            CorrelationId = Text(2),
            Subject = Text(3),
            To = Text(4),
            ReplyTo = Text(5),
            ReplyToSessionId = Text(6),
            SessionId = Text(7),
            PartitionKey = Text(8),
            TimeToLive = Number(reader, firstColumn + 9) is { } ttl ? new TimeSpan(ttl) : null,
            ScheduledEnqueueTime = Number(reader, firstColumn + 10) is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null,
            Body = reader.GetFieldValue<byte[]>(firstColumn + 12),
        };
        return new Payload(content, reader.IsDBNull(firstColumn + 11) ? null : reader.GetFieldValue<byte[]>(firstColumn + 11));

        string? Text(int column) => reader.IsDBNull(firstColumn + column) ? null : reader.GetString(firstColumn + column);
    }

    private static long? Number(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    private Statement Prepare(string sql, int parameters = 0)
    {
        var statement = new Statement(connection, sql, parameters);
        statements.Add(statement);
        return statement;
    }
}
