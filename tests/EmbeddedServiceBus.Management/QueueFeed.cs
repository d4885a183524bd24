using System.Xml;
using System.Xml.Linq;

namespace EmbeddedServiceBus.Management;

/// <summary>
/// Atom documents that describe queues: https://learn.microsoft.com/rest/api/servicebus/queues. They contain every element that an SDK requires.
/// </summary>
internal static class QueueFeed
{
    private static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";
    private static readonly XNamespace ServiceBus = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
    private static readonly XNamespace Counts = "http://schemas.microsoft.com/netservices/2011/06/servicebus";

    /// <summary>The window that the service reports for a queue without duplicate detection, unless another one was declared.</summary>
    private static readonly TimeSpan UnusedWindow = TimeSpan.FromMinutes(10);

    /// <summary>The service's time for events that never happened. Here it stands for times that the broker does not record.</summary>
    private static readonly DateTime Unknown = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);

    /// <summary>Creates the answer that lists entities.</summary>
    /// <param name="title">The title of the list.</param>
    /// <param name="self">The URI of this answer.</param>
    /// <param name="next">The URI of the next page; null for the last one.</param>
    /// <param name="entries">The entities of this page.</param>
    public static XElement Create(string title, Uri self, Uri? next, IEnumerable<XElement> entries) => new(
        Atom + "feed",
        new XElement(Atom + "title", new XAttribute("type", "text"), title),
        new XElement(Atom + "id", self.AbsoluteUri),
        Link("self", self),
        next is null ? null : Link("next", next),
        entries);

    /// <param name="id">The queue's URI. The JavaScript SDK takes the name from it.</param>
    /// <param name="queue">Its declaration.</param>
    /// <param name="counts">The counts of its messages.</param>
    /// <param name="bytes">The size of its messages.</param>
    public static XElement Entry(Uri id, QueueOptions queue, QueueCounts counts, long bytes) => new(
        Atom + "entry",
        new XElement(Atom + "id", id.AbsoluteUri),
        new XElement(Atom + "title", new XAttribute("type", "text"), queue.Name),
        new XElement(Atom + "content", new XAttribute("type", "application/xml"), Description(queue, counts, bytes)));

    // The order is the service's: clients that read with a schema rely on it.
    private static XElement Description(QueueOptions queue, QueueCounts counts, long bytes) => new(
        ServiceBus + "QueueDescription",
        Field("LockDuration", XmlConvert.ToString(queue.LockDuration)),
        Field("MaxSizeInMegabytes", queue.MaxSizeInMegabytes),
        Field("RequiresDuplicateDetection", queue.DuplicateDetectionWindow is not null),
        Field("RequiresSession", false),
        Field("DefaultMessageTimeToLive", XmlConvert.ToString(queue.DefaultTimeToLive)),
        Field("DeadLetteringOnMessageExpiration", queue.DeadLetterOnExpiry),
        Field("DuplicateDetectionHistoryTimeWindow", XmlConvert.ToString(queue.DuplicateDetectionWindow ?? UnusedWindow)),
        Field("MaxDeliveryCount", queue.MaxDeliveryCount),
        Field("EnableBatchedOperations", true),
        Field("SizeInBytes", bytes),
        Field("MessageCount", counts.Active + counts.Scheduled + counts.Deferred + counts.DeadLetters),
        Field("IsAnonymousAccessible", false),
        Field("Status", "Active"),
        Field("CreatedAt", Unknown),
        Field("UpdatedAt", Unknown),
        Field("AccessedAt", Unknown),
        Field("SupportOrdering", true),
        new XElement(
            ServiceBus + "CountDetails",
            // The JavaScript SDK requires the prefix that the service uses.
            new XAttribute(XNamespace.Xmlns + "d2p1", Counts.NamespaceName),
            new XElement(Counts + "ActiveMessageCount", counts.Active),
            new XElement(Counts + "DeadLetterMessageCount", counts.DeadLetters),
            new XElement(Counts + "ScheduledMessageCount", counts.Scheduled),
            new XElement(Counts + "TransferMessageCount", 0),
            new XElement(Counts + "TransferDeadLetterMessageCount", 0)),
        Field("EnablePartitioning", false),
        Field("EntityAvailabilityStatus", "Available"),
        Field("EnableExpress", false));

    private static XElement Link(string relation, Uri target) =>
        new(Atom + "link", new XAttribute("rel", relation), new XAttribute("href", target.AbsoluteUri));

    private static XElement Field(string name, object value) => new(ServiceBus + name, value);
}
