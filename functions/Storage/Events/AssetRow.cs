using System.Globalization;
using System.Runtime.Serialization;
using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Row <c>asset:00000</c> … of table <c>WebhookEvents</c>: one thing to fetch, beside the event that named it.</summary>
public sealed class AssetRow : ITableEntity
{
    /// <summary>What the keys of asset rows begin with, before a colon.</summary>
    public const string Kind = "asset";

    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    /// <summary>Unique in the event.</summary>
    public string Name { get; set; } = "";

    /// <summary>The link without its query and user information, in which tokens stand.</summary>
    public string? SourceUrl { get; set; }

    [IgnoreDataMember]
    public AssetState State
    {
        get => KnownValue.Parse<AssetState>(StateName);
        set => StateName = value.ToString();
    }

    /// <summary>The column of <see cref="State"/>. Read as a text, so that a value of a newer version does not make the row unreadable.</summary>
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

    /// <summary>The blob in container <c>assets</c>; set before anything is staged.</summary>
    public string? Blob { get; set; }

    public long? Bytes { get; set; }

    /// <summary>Lower-case hex.</summary>
    public string? Sha256 { get; set; }

    public string? ContentType { get; set; }

    /// <summary>How many attempts have ended.</summary>
    public int Attempts { get; set; }

    /// <summary>How often the asset was opened again after it had ended. A message of an earlier time has no effect.</summary>
    public int Reopenings { get; set; }

    public DateTimeOffset? NextAttemptAt { get; set; }

    /// <summary>What went wrong last: one word, the dead letter's reason where it was the end.</summary>
    public string? ErrorCode { get; set; }

    /// <summary>What went wrong last, in words for a person.</summary>
    public string? LastError { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Which delivery of which message is at work: <c>{sequence number}:{lock token}</c>.</summary>
    public string? ClaimedBy { get; set; }

    /// <summary>How many starts of the work in a row neither ended nor made progress, the present one among them: see <see cref="WorkStarts"/>.</summary>
    public int Starts { get; set; }

    /// <summary>How many bytes of the asset were staged when a start last found more than the one before: the most so far.</summary>
    public long StagedBytes { get; set; }

    /// <summary>When the lease expires unless it is renewed.</summary>
    public DateTimeOffset? ClaimedUntil { get; set; }

    /// <summary>The source's strong validator, for asking it for the rest of the very asset that is being staged; null where it gave none.</summary>
    public string? SourceValidator { get; set; }

    /// <summary>The length that the source declared, in bytes.</summary>
    public long? SourceBytes { get; set; }

    /// <summary>The MD5 of the whole that the source declared, in base64; null where it did not.</summary>
    public string? SourceMd5 { get; set; }

    /// <summary>The content encoding in which the source sends, and in which the asset is stored; null where there is none.</summary>
    public string? SourceEncoding { get; set; }

    /// <summary>Whether the state is final: only an operator or a new webhook changes it.</summary>
    [IgnoreDataMember]
    public bool IsFinal => State.IsFinal();

    /// <summary>Whether the asset has an unexpired lease, or a message that is scheduled or waits.</summary>
    public bool IsAwaited(DateTimeOffset now) => !IsFinal && (ClaimedUntil > now || NextAttemptAt > now);

    /// <summary>
    /// Says why the asset waits, and until when. Only while no worker holds its lease, and while its attempt is the message's: otherwise the row
    /// has newer things to say.
    /// </summary>
    /// <returns>Whether the row was changed.</returns>
    public bool TryNoteWait(int attempt, string why, DateTimeOffset until, DateTimeOffset now)
    {
        if (IsFinal || ClaimedUntil > now || Attempts != attempt)
        {
            return false;
        }

        NextAttemptAt = until;
        LastError = BoundedText.WithoutTokens(why);
        UpdatedAt = now;
        return true;
    }

    /// <summary>Sets it back to where it was before its first attempt. What went wrong last stays to be read.</summary>
    public void Reopen(DateTimeOffset now)
    {
        State = AssetState.Pending;
        Attempts = 0;
        Reopenings++;
        NextAttemptAt = null;
        ClaimedBy = null;
        ClaimedUntil = null;
        Starts = 0;
        StagedBytes = 0;
        UpdatedAt = now;
    }

    /// <summary>The key of the asset with that number. Five digits: more than the providers' largest batch (500 generations of two files) by far.</summary>
    public static string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Kind}:{number:D5}");

    /// <summary>The number in the row's key.</summary>
    [IgnoreDataMember]
    public int Number => int.Parse(RowKey.AsSpan(Kind.Length + 1), CultureInfo.InvariantCulture);

    /// <summary>A new row for what <paramref name="source"/> names.</summary>
    public static AssetRow Create(string partitionKey, int number, AssetSource source, Assurance assurance, DateTimeOffset now) => new()
    {
        PartitionKey = partitionKey,
        RowKey = KeyOf(number),
        Name = source.Name,
        SourceUrl = BoundedText.Of(WithoutSecrets(source.Url)),
        State = source.InitialState,
        Assurance = assurance,
        LastError = BoundedText.WithoutTokens(source.FetchError ?? source.ExternalReason),
        UpdatedAt = now,
    };

    /// <summary>The row that <see cref="Create"/> made, as it is in the table as long as its version is <paramref name="version"/>.</summary>
    public static AssetRow AsInserted(string partitionKey, string rowKey, AssetSource source, Assurance assurance, ETag version)
    {
        var row = Create(partitionKey, 0, source, assurance, default);
        (row.RowKey, row.ETag) = (rowKey, version);
        return row;
    }

    /// <summary>The link without user information and without anything behind its path; null where it is no link.</summary>
    public static string? WithoutSecrets(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            return null;
        }

        // Not every scheme knows queries and fragments: an FTP path extends to the end. But an author of such a link means them.
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
