namespace EmbeddedServiceBus.Storage;

/// <summary>Tables of the data file. Times are UTC ticks.</summary>
internal static class Schema
{
    /// <summary>The <c>user_version</c> of a file with these tables.</summary>
    public const long Version = 3;

    public const string Sql = $"""
        CREATE TABLE queue (
            id            INTEGER PRIMARY KEY,
            name          TEXT NOT NULL UNIQUE COLLATE NOCASE,
            last_sequence INTEGER NOT NULL
        );

        -- What a message says: written once, and apart from what changes, so that a lock never rewrites a body.
        CREATE TABLE payload (
            id                  INTEGER PRIMARY KEY,
            message_id          TEXT,
            content_type        TEXT,
            correlation_id      TEXT,
            subject             TEXT,
            to_address          TEXT,
            reply_to            TEXT,
            reply_to_session_id TEXT,
            session_id          TEXT,
            partition_key       TEXT,
            time_to_live        INTEGER,
            scheduled_at        INTEGER,
            properties          BLOB,
            body                BLOB NOT NULL
        );

        -- Where it stands. entity: twice the queue's id, plus one for its dead letters.
        -- due: when the broker must act (end of the lock, scheduled time, or expiry). size: in bytes, as it was sent.
        CREATE TABLE message (
            entity            INTEGER NOT NULL,
            sequence          INTEGER NOT NULL,
            payload           INTEGER NOT NULL,
            state             INTEGER NOT NULL,
            enqueued_sequence INTEGER NOT NULL,
            enqueued_at       INTEGER NOT NULL,
            expires_at        INTEGER,
            delivery_count    INTEGER NOT NULL,
            lock_token        BLOB,
            due               INTEGER,
            size              INTEGER NOT NULL,
            PRIMARY KEY (entity, sequence)
        ) WITHOUT ROWID;

        CREATE INDEX message_ready ON message (entity, sequence) WHERE state = 0 AND lock_token IS NULL;
        CREATE INDEX message_due ON message (entity, due) WHERE due IS NOT NULL;

        {Duplicates}
        PRAGMA user_version = 3;
        """;

    /// <summary>Migration from version 1, which stored the duplicate ids in another order.</summary>
    public const string FromVersion1 = $"""
        ALTER TABLE duplicate RENAME TO duplicate_1;
        {Duplicates}
        INSERT INTO duplicate
            SELECT queue, row_number() OVER (PARTITION BY queue ORDER BY expires_at), message_id, expires_at FROM duplicate_1;
        DROP TABLE duplicate_1;
        {FromVersion2}
        """;

    /// <summary>Migration from version 2, which did not store a message's size. Body and properties make up nearly all of it.</summary>
    public const string FromVersion2 = """
        ALTER TABLE message ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
        UPDATE message SET size = (SELECT length(body) + coalesce(length(properties), 0) FROM payload WHERE id = message.payload);
        PRAGMA user_version = 3;
        """;

    // In the order of arrival, which is the order of expiry.
    private const string Duplicates = """
        CREATE TABLE duplicate (
            queue      INTEGER NOT NULL,
            id         INTEGER NOT NULL,
            message_id TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            PRIMARY KEY (queue, id)
        ) WITHOUT ROWID;
        """;
}
