using System.Globalization;
using System.Runtime.Serialization;
using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Row <c>asset:00000</c> … of table <c>WebhookEvents</c>, in the event's partition, that describes one asset.</summary>
public sealed class AssetRow : ITableEntity
{
    /// <summary>The row keys' prefix, without its colon.</summary>
    public const string Kind = "asset";

    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    /// <summary>The asset's name, unique in the event.</summary>
    public string Name { get; set; } = "";

    /// <summary>The link without its query and user information, which may hold tokens.</summary>
    public string? SourceUrl { get; set; }

    [IgnoreDataMember]
    public AssetState State
    {
        get => KnownValue.Parse<AssetState>(StateName);
        set => StateName = value.ToString();
    }

    /// <summary>The column of <see cref="State"/>. It is read as text, so that a newer version's value does not make the row unreadable.</summary>
    [DataMember(Name = nameof(State))]
    public string StateName { get; set; } = nameof(AssetState.Pending);

    /// <summary>How far the link is proven.</summary>
    [IgnoreDataMember]
    public Assurance Assurance
    {
        get => KnownValue.Parse<Assurance>(AssuranceName);
        set => AssuranceName = value.ToString();
    }

    /// <summary>The column of <see cref="Assurance"/>.</summary>
    [DataMember(Name = nameof(Assurance))]
    public string AssuranceName { get; set; } = nameof(Assurance.Unconfirmed);

    /// <summary>The blob in container <c>assets</c>; set before any block is staged.</summary>
    public string? Blob { get; set; }

    public long? Bytes { get; set; }

    /// <summary>The SHA-256 in lower-case hex.</summary>
    public string? Sha256 { get; set; }

    public string? ContentType { get; set; }

    /// <summary>The number of attempts that have ended.</summary>
    public int Attempts { get; set; }

    /// <summary>How often the asset was reopened after it had ended. A message from before a reopening has no effect.</summary>
    public int Reopenings { get; set; }

    public DateTimeOffset? NextAttemptAt { get; set; }

    /// <summary>The last failure, as one word; the dead letter's reason once the asset has failed for good.</summary>
    public string? ErrorCode { get; set; }

    /// <summary>The last failure, as text for an operator.</summary>
    public string? LastError { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>The lease owner, a delivery of a message: <c>{sequence number}:{delivery count}:{lock token}</c>.</summary>
    public string? LeaseOwner { get; set; }

    /// <summary>The number of consecutive starts, including the present one, that neither ended nor made progress (see
    /// <see cref="WorkStarts"/>).</summary>
    public int Starts { get; set; }

    /// <summary>The maximum number of bytes of the asset that a start found staged. If a start finds more, the one before it made progress.</summary>
    public long StagedBytes { get; set; }

    /// <summary>When the lease expires unless it is renewed.</summary>
    public DateTimeOffset? LeaseExpiresAt { get; set; }

    /// <summary>The source's strong validator, used to request the rest of the same content; null if it sent none.</summary>
    public string? SourceValidator { get; set; }

    /// <summary>The length that the source declared, in bytes.</summary>
    public long? SourceBytes { get; set; }

    /// <summary>The MD5 of the whole content that the source declared, in base64; null if it declared none.</summary>
    public string? SourceMd5 { get; set; }

    /// <summary>The content encoding in which the source sends and the asset is stored; null if there is none.</summary>
    public string? SourceEncoding { get; set; }

    /// <summary>Why there is no blob: one word, or a text for an operator if the asset was never fetched. Null if there is a blob.</summary>
    [IgnoreDataMember]
    public string? Reason => StateName == nameof(AssetState.Stored) ? null : ErrorCode ?? LastError;

    /// <summary>Whether the state is final: only an operator or a new webhook changes it.</summary>
    [IgnoreDataMember]
    public bool IsFinal => State.IsFinal();

    /// <summary>Returns whether the asset has an unexpired lease, or a message that is scheduled or waits.</summary>
    public bool IsAwaited(DateTimeOffset now) => !IsFinal && (LeaseExpiresAt > now || NextAttemptAt > now);

    /// <summary>
    /// Records why the asset waits, and until when, if that is known. Does so only if no worker holds its lease and the row shows the message's attempt; otherwise the
    /// row is newer than the message.
    /// </summary>
    /// <returns>Whether the row was changed.</returns>
    public bool TryRecordWait(int attempt, string reason, DateTimeOffset? until, DateTimeOffset now)
    {
        if (IsFinal || LeaseExpiresAt > now || Attempts != attempt)
        {
            return false;
        }

        NextAttemptAt = until;
        LastError = BoundedText.WithoutTokens(reason);
        UpdatedAt = now;
        return true;
    }

    /// <summary>Resets the row to before its first attempt. The last error stays readable.</summary>
    public void Reopen(DateTimeOffset now)
    {
        State = AssetState.Pending;
        Attempts = 0;
        Reopenings++;
        NextAttemptAt = null;
        LeaseOwner = null;
        LeaseExpiresAt = null;
        Starts = 0;
        StagedBytes = 0;
        UpdatedAt = now;
    }

    /// <summary>Marks the asset as failed for good, with a reason for an operator. No worker holds its lease any more.</summary>
    /// <param name="reason">A <see cref="DeadLetterReason"/>, or the text with which a person dead-lettered its message.</param>
    /// <param name="description">What happened, as text for an operator.</param>
    /// <param name="now">The time, UTC.</param>
    public void MarkFailed(string reason, string description, DateTimeOffset now)
    {
        State = AssetState.Failed;
        ErrorCode = reason;
        LastError = BoundedText.WithoutTokens(description);
        NextAttemptAt = null;
        LeaseOwner = null;
        LeaseExpiresAt = null;
        UpdatedAt = now;
    }

    /// <summary>Returns the key of the asset with that number. Five digits hold far more than the providers' largest batch (500 generations of two
    /// files).</summary>
    public static string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Kind}:{number:D5}");

    /// <summary>The number in the row's key.</summary>
    [IgnoreDataMember]
    public int Number => NumberOf(RowKey);

    /// <summary>Returns the number in a row's key.</summary>
    public static int NumberOf(string rowKey) => int.Parse(rowKey.AsSpan(Kind.Length + 1), CultureInfo.InvariantCulture);

    /// <summary>Returns a new row for <paramref name="source"/>.</summary>
    public static AssetRow Create(string partitionKey, int number, AssetSource source, Assurance assurance, DateTimeOffset now) => new()
    {
        PartitionKey = partitionKey,
        RowKey = KeyOf(number),
        Name = source.Name,
        SourceUrl = BoundedText.Shorten(WithoutSecrets(source.Url)),
        State = source.InitialState,
        Assurance = assurance,
        LastError = BoundedText.WithoutTokens(source.FetchError ?? source.ExternalReason),
        UpdatedAt = now,
    };

    /// <summary>Returns the row as <see cref="Create"/> made it, which is the row in the table as long as its ETag is
    /// <paramref name="version"/>.</summary>
    public static AssetRow AsInserted(string partitionKey, string rowKey, AssetSource source, Assurance assurance, ETag version)
    {
        var row = Create(partitionKey, 0, source, assurance, default);
        (row.RowKey, row.ETag) = (rowKey, version);
        return row;
    }

    /// <summary>Returns the link without user information, query and fragment; null if it is not a URL.</summary>
    public static string? WithoutSecrets(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            return null;
        }

        // Not every scheme has queries and fragments: an FTP path extends to the end. But the author of such a link intended them.
        var end = uri.Scheme switch
        {
            "http" or "https" => url.Length,
            "gs" => url.AsSpan().IndexOfAny('?', '#'),
            "ftp" => url.AsSpan().IndexOfAny('?', '#', ';'),
            _ => 0,
        };
        return Uri.TryCreate(end < 0 ? url : url[..end], UriKind.Absolute, out uri)
            ? uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)
            : null;
    }
}
