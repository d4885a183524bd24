using System.Runtime.Serialization;
using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Row <c>notify:{outcome}:{target}</c> of table <c>WebhookEvents</c>, in the event's partition, that describes the notification for one
/// target.</summary>
public sealed class NotificationRow : ITableEntity
{
    /// <summary>The row keys' prefix, without its colon.</summary>
    public const string Kind = "notify";

    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    /// <summary>The id that every delivery carries.</summary>
    public string NotificationId { get; set; } = "";

    /// <summary>How the event ended.</summary>
    public string Outcome { get; set; } = "";

    /// <summary>The target's name.</summary>
    public string Target { get; set; } = "";

    [IgnoreDataMember]
    public NotificationState State
    {
        get => KnownValue.Parse<NotificationState>(StateName);
        set => StateName = value.ToString();
    }

    /// <summary>The column of <see cref="State"/>. It is read as text, so that a newer version's value does not make the row unreadable.</summary>
    [DataMember(Name = nameof(State))]
    public string StateName { get; set; } = nameof(NotificationState.Pending);

    /// <summary>The number of failed attempts since the row was written or replayed.</summary>
    public int Attempts { get; set; }

    /// <summary>How often the notification was replayed. A message from before a replay has no effect.</summary>
    public int Reopenings { get; set; }

    /// <summary>When the first attempt failed, from which the deadline is counted; null before that.</summary>
    public DateTimeOffset? FirstAttemptAt { get; set; }

    public DateTimeOffset? NextAttemptAt { get; set; }

    /// <summary>The last failure, as one word; the dead letter's reason once the notification has failed for good.</summary>
    public string? ErrorCode { get; set; }

    /// <summary>The last failure, as text for an operator.</summary>
    public string? LastError { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>When the target accepted it; null before that.</summary>
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>Returns the row's key.</summary>
    public static string KeyOf(string outcome, string target) => $"{Kind}:{outcome}:{target}";

    /// <summary>Returns a new row of a pending notification.</summary>
    public static NotificationRow Create(string partitionKey, string outcome, string target, DateTimeOffset now) => new()
    {
        PartitionKey = partitionKey,
        RowKey = KeyOf(outcome, target),
        NotificationId = Announcements.IdOf(partitionKey, outcome),
        Outcome = outcome,
        Target = target,
        UpdatedAt = now,
    };

    /// <summary>Resets the row to before its first attempt. The last error stays readable.</summary>
    public void Reopen(DateTimeOffset now)
    {
        State = NotificationState.Pending;
        Attempts = 0;
        Reopenings++;
        FirstAttemptAt = null;
        NextAttemptAt = null;
        UpdatedAt = now;
    }
}
