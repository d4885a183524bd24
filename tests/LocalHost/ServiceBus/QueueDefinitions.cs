using EmbeddedServiceBus;
using WebhookFunctions.Messaging;

namespace LocalHost.ServiceBus;

/// <summary>Definitions of the app's queues. A test compares them with the deployment in <c>infra/</c>.</summary>
internal static class QueueDefinitions
{
    public static IReadOnlyList<QueueOptions> All { get; } =
    [
        Queue(QueueNames.WebhookEvents) with { DuplicateDetectionWindow = TimeSpan.FromDays(7) },
        Queue(QueueNames.AssetDownloads),
        Queue(QueueNames.JobNotifications),
        Queue(QueueNames.JobResults) with { DuplicateDetectionWindow = TimeSpan.FromDays(7), MaxDeliveryCount = 10, DeadLetterOnExpiry = false },
    ];

    private static QueueOptions Queue(string name) => new()
    {
        Name = name,
        LockDuration = TimeSpan.FromMinutes(1),
        MaxDeliveryCount = 2_000,
        DefaultTimeToLive = TimeSpan.FromDays(14),
        DeadLetterOnExpiry = true,
        MaxSizeInMegabytes = 5_120,
    };
}
