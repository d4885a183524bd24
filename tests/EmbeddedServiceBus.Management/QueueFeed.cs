using System.Xml;
using System.Xml.Linq;

namespace EmbeddedServiceBus.Management;

/// <summary>
/// Atom documents that describe queues: https://learn.microsoft.com/rest/api/servicebus/queues. When a queue was made, changed and used last is
/// not known and left out.
/// </summary>
internal static class QueueFeed
{
    private static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";
    private static readonly XNamespace ServiceBus = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
    private static readonly XNamespace Counts = "http://schemas.microsoft.com/netservices/2011/06/servicebus";

    public static XElement Of(string title, IEnumerable<XElement> entries) => new(Atom + "feed", new XElement(Atom + "title", title), entries);

    public static XElement Entry(QueueOptions queue, QueueCounts counts, long bytes) => new(
        Atom + "entry",
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
        queue.DuplicateDetectionWindow is { } window ? Field("DuplicateDetectionHistoryTimeWindow", XmlConvert.ToString(window)) : null,
        Field("MaxDeliveryCount", queue.MaxDeliveryCount),
        Field("EnableBatchedOperations", true),
        Field("SizeInBytes", bytes),
        Field("MessageCount", counts.Active + counts.Scheduled + counts.Deferred + counts.DeadLetters),
        Field("IsAnonymousAccessible", false),
        Field("Status", "Active"),
        Field("SupportOrdering", true),
        new XElement(
            ServiceBus + "CountDetails",
            // The JavaScript SDK looks for a prefix, and the service's is this one.
            new XAttribute(XNamespace.Xmlns + "d2p1", Counts.NamespaceName),
            new XElement(Counts + "ActiveMessageCount", counts.Active),
            new XElement(Counts + "DeadLetterMessageCount", counts.DeadLetters),
            new XElement(Counts + "ScheduledMessageCount", counts.Scheduled),
            new XElement(Counts + "TransferMessageCount", 0),
            new XElement(Counts + "TransferDeadLetterMessageCount", 0)),
        Field("EnablePartitioning", false),
        Field("EntityAvailabilityStatus", "Available"),
        Field("EnableExpress", false));

    private static XElement Field(string name, object value) => new(ServiceBus + name, value);
}
