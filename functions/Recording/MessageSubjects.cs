using Azure;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>The subject of a message, for the list of dead letters.</summary>
/// <param name="Space">The id space of the event; null if the app did not send the message.</param>
/// <param name="WebhookId">The event's id in its space.</param>
/// <param name="JobId">The job; null if it cannot be determined.</param>
/// <param name="Asset">The asset's name in its event; null for an event.</param>
/// <param name="Host">The host of the asset's link; null for an event, and if the link is not a URL.</param>
public sealed record MessageSubject(string? Space, string? WebhookId, string? JobId, string? Asset, string? Host)
{
    /// <summary>The target of a notification; null for another message.</summary>
    public string? Target { get; init; }
}

/// <summary>Reader that determines the event, job and asset of a message.</summary>
public sealed class MessageSubjects(ProviderCatalog providers, EventReader reader, EventStore events)
{
    // The timeout of the read from storage. If storage is unavailable, the operator still sees what the message itself contains.
    private static readonly TimeSpan StorageTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Returns the subject of a message of <paramref name="queue"/>. Throws nothing except when <paramref name="cancellationToken"/> is
    /// cancelled.</summary>
    public async Task<MessageSubject> FindAsync(string queue, ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        if (queue == QueueNames.AssetDownloads)
        {
            return AssetMessage.TryRead(message) is { } asset
                ? new MessageSubject(
                    asset.Event.Space,
                    asset.Event.WebhookId,
                    asset.JobId,
                    asset.Source.Name,
                    asset.Source.Host)
                : new MessageSubject(null, null, null, null, null);
        }

        if (queue == QueueNames.JobNotifications)
        {
            return NotificationMessage.Read(message) is { } notification
                ? new MessageSubject(notification.Event.Space, notification.Event.WebhookId, notification.JobId, null, null) { Target = notification.Target }
                : new MessageSubject(null, null, null, null, null);
        }

        return EventMessage.TryRead(message) is { } dead
            ? new MessageSubject(dead.Key.Space, dead.Key.WebhookId, await JobOfAsync(dead, cancellationToken), null, null)
            : new MessageSubject(null, null, null, null, null);
    }

    // A body in a blob may have a megabyte. The event's row, if there is one, holds the job too.
    private async Task<string?> JobOfAsync(EventMessage message, CancellationToken cancellationToken)
    {
        if (message.ClaimCheck is null)
        {
            return providers.TryGet(message.Key.Provider, out var provider)
                && await reader.TryInterpretAsync(message, provider, cancellationToken) is { } generation
                    ? generation.JobIdOr(message.Key)
                    : null;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StorageTimeout);
        try
        {
            return (await events.FindAsync(message.Key.PartitionKey, timeout.Token))?.JobId;
        }
        catch (Exception exception) when (
            exception is RequestFailedException or AggregateException or OperationCanceledException or UnknownValueException
            && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
