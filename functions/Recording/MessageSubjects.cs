using Azure;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>What a message is about, for a person.</summary>
/// <param name="Space">The id space of the event; null if the app did not send the message.</param>
/// <param name="WebhookId">The event's id in its space.</param>
/// <param name="JobId">The job; null if it cannot be found out.</param>
/// <param name="Asset">The asset's name in its event; null for an event.</param>
/// <param name="Host">The host of the asset's link; null for an event, and if the link is not a URL.</param>
public sealed record MessageSubject(string? Space, string? WebhookId, string? JobId, string? Asset, string? Host);

/// <summary>Reader of messages that finds out what they are about.</summary>
public sealed class MessageSubjects(ProviderCatalog providers, EventReader reader, EventStore events)
{
    // An unavailable storage must not keep a person from the rest of what a message says.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Returns what a message of <paramref name="queue"/> is about. Never throws but for <paramref name="cancellationToken"/>.</summary>
    public async Task<MessageSubject> OfAsync(string queue, ServiceBusReceivedMessage message, CancellationToken cancellationToken)
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

        return EventMessage.TryRead(message) is { } dead
            ? new MessageSubject(dead.Key.Space, dead.Key.WebhookId, await JobOfAsync(dead, cancellationToken), null, null)
            : new MessageSubject(null, null, null, null, null);
    }

    // A body in a blob has up to a megabyte: the event's row says the same, if there is one.
    private async Task<string?> JobOfAsync(EventMessage message, CancellationToken cancellationToken)
    {
        if (message.ClaimCheck is null)
        {
            return providers.TryGet(message.Key.Provider, out var provider)
                && await reader.InterpretAsync(message, provider, cancellationToken) is BodyReading.Interpreted(_, var generation)
                    ? generation.JobIdOr(message.Key)
                    : null;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return (await events.FindAsync(message.Key.PartitionKey, patience.Token))?.JobId;
        }
        catch (Exception unavailable) when (
            unavailable is RequestFailedException or AggregateException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
