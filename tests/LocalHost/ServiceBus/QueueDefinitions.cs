using EmbeddedServiceBus;
using WebhookFunctions.Messaging;

namespace LocalHost.ServiceBus;

/// <summary>The app's queues, as <c>infra/</c> deploys them.</summary>
internal static class QueueDefinitions
{
    public static IReadOnlyList<QueueOptions> All { get; } =
    [
        Queue(QueueNames.WebhookEvents) with { DuplicateDetectionWindow = TimeSpan.FromDays(7) },
        Queue(QueueNames.AssetDownloads),
    ];

    private static QueueOptions Queue(string name) => new()
    {
        Name = name,
        LockDuration = TimeSpan.FromMinutes(5),
        MaxDeliveryCount = 10,
        DefaultTimeToLive = TimeSpan.FromDays(14),
        DeadLetterOnExpiry = true,
    };
}
