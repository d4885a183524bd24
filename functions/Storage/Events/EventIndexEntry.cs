using System.Runtime.Serialization;
using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Entry of table <c>UnfinishedEvents</c> that points at an event. The event's own row is authoritative.</summary>
public sealed class EventIndexEntry : ITableEntity
{
    /// <summary>The list and shard of the entry: see <see cref="EventIndex"/>.</summary>
    public string PartitionKey { get; set; } = "";

    /// <summary>The inverted time of receipt, which sorts the newest first, and the event's digest.</summary>
    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    /// <summary>The event's partition in table <c>WebhookEvents</c>.</summary>
    public string Event { get; set; } = "";

    /// <summary>The event's provider.</summary>
    [IgnoreDataMember]
    public string Provider => EventKey.FromPartitionKey("", Event).Provider;

    /// <summary>The event's job; null if the entry was added before the event was interpreted.</summary>
    public string? JobId { get; set; }

    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>When the sweep next checks the event; null if it has not checked it yet.</summary>
    public DateTimeOffset? NextCheckAt { get; set; }
}
