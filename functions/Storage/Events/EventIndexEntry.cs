using System.Runtime.Serialization;
using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>A row of table <c>UnfinishedEvents</c>: it points at an event and says nothing that the event's own row does not say better.</summary>
public sealed class EventIndexEntry : ITableEntity
{
    /// <summary>Which shard of which list the row is in: see <see cref="EventIndex"/>.</summary>
    public string PartitionKey { get; set; } = "";

    /// <summary>The time of receipt, the newest first, and the event's digest.</summary>
    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    /// <summary>The event's partition in table <c>WebhookEvents</c>.</summary>
    public string Event { get; set; } = "";

    /// <summary>The event's provider.</summary>
    [IgnoreDataMember]
    public string Provider => EventKey.Of("", Event).Provider;

    /// <summary>The event's job; null where the event was entered before it was interpreted.</summary>
    public string? JobId { get; set; }

    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>Before this time there is nothing to be done about the event; null where nobody has looked yet.</summary>
    public DateTimeOffset? NextCheckAt { get; set; }
}
