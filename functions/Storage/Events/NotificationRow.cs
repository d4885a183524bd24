using System.Runtime.Serialization;
using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Row <c>notify:{outcome}:{target}</c> of table <c>WebhookEvents</c>: the notification of an event's end for one target, beside the event.</summary>
public sealed class NotificationRow : ITableEntity
{
    /// <summary>What the keys of notification rows begin with, before a colon.</summary>
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

    /// <summary>The column of <see cref="State"/>. Read as a text, so that a value of a newer version does not make the row unreadable.</summary>
    [DataMember(Name = nameof(State))]
    public string StateName { get; set; } = nameof(NotificationState.Pending);

    /// <summary>How many attempts have failed, since it was written or replayed.</summary>
    public int Attempts { get; set; }

    /// <summary>How often it was replayed. A message of an earlier time has no effect.</summary>
    public int Reopenings { get; set; }

    /// <summary>When the first of the attempts failed, from which the deadline is counted; null before.</summary>
    public DateTimeOffset? FirstAttemptAt { get; set; }

    public DateTimeOffset? NextAttemptAt { get; set; }

    /// <summary>What went wrong last: one word, the dead letter's reason where it was the end.</summary>
    public string? ErrorCode { get; set; }

    /// <summary>What went wrong last, in words for a person.</summary>
    public string? LastError { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>When the target accepted it; null before.</summary>
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>The row's key.</summary>
    public static string KeyOf(string outcome, string target) => $"{Kind}:{outcome}:{target}";

    /// <summary>A new row, owed at once.</summary>
    public static NotificationRow Create(string partitionKey, string outcome, string target, DateTimeOffset now) => new()
    {
        PartitionKey = partitionKey,
        RowKey = KeyOf(outcome, target),
        NotificationId = Announcements.IdOf(partitionKey, outcome),
        Outcome = outcome,
        Target = target,
        UpdatedAt = now,
    };

    /// <summary>Sets it back to where it was before its first attempt. What went wrong last stays to be read.</summary>
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
