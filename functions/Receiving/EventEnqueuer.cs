using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Receiving;

/// <summary>Enqueuer that puts a verified webhook on queue <c>webhook-events</c>, where it is durable.</summary>
public sealed partial class EventEnqueuer(
    QueueSenders senders, RawEventStore rawEvents, SpentWebhookIds spentIds, IOptions<ReceiveOptions> options, Outages outages, ILogger<EventEnqueuer> logger)
{
    /// <summary>
    /// The largest body, in bytes, that a message carries itself. A larger one goes to Blob Storage as a claim check. Service Bus Standard takes
    /// messages of 256 KiB, of which the properties may take 64.
    /// </summary>
    public const int MaxInlineBytes = 192 * 1024;

    private readonly TimeSpan _timeout = options.Value.EnqueueTimeout;

    /// <summary>
    /// Enqueues the webhook. Returns true once the broker has accepted it, even if the broker dropped it as a duplicate; only then may 200 be
    /// answered. Not cancelled when the sender disconnects.
    /// </summary>
    public async Task<bool> TryEnqueueAsync(EventMessage message)
    {
        using var span = WebhookTracing.StartSend(QueueNames.WebhookEvents);
        using var timeout = new CancellationTokenSource(_timeout);
        var part = outages.Storage;
        try
        {
            // W4
            if (message.Body.ToMemory().Length > MaxInlineBytes)
            {
                if (await StoreClaimCheckAsync(message, timeout.Token) is not { } claimCheck)
                {
                    return true;
                }

                message = claimCheck;
            }

            // W5
            part = outages.Broker;
            await senders.Events.SendMessageAsync(message.ToMessage(), timeout.Token);
            return true;
        }
        catch (Exception exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
            Log.Cause(logger, message.Key.Provider, LoggedException.From(exception));
            if (exception is OperationCanceledException)
            {
                part.Failed($"no answer within {_timeout.TotalSeconds:0} seconds");
            }
            else if (!StorageErrors.IsTransient(exception) && !BrokerErrors.IsTransient(exception))
            {
                Log.NotEnqueued(logger, message.Key.Provider, LogText.Clean(message.Key.WebhookId), LoggedException.ReasonOf(exception));
            }

            return false;
        }
    }

    /// <summary>
    /// Stores the body in its event's blob, and returns the message that refers to it. Returns null if the webhook id is spent, so that nothing is
    /// left to do. Each id has one blob. If the blob exists, the message refers to the body in it, even if this body differs.
    /// </summary>
    private async Task<EventMessage?> StoreClaimCheckAsync(EventMessage message, CancellationToken cancellationToken)
    {
        if (await spentIds.HasAsync(message.Key, cancellationToken))
        {
            return null;
        }

        var (isNew, receipt) = await rawEvents.WriteAsync(message.Key, message.Body, message.Receipt, cancellationToken);
        var blob = RawEventStore.NameOf(message.Key);

        // An erasure first marks the id as spent and then deletes the blob. If it ran between the check and this write, it missed this blob.
        if (isNew && await spentIds.HasAsync(message.Key, cancellationToken))
        {
            await rawEvents.DeleteAsync(blob, cancellationToken);
            return null;
        }

        return message.WithClaimCheck(blob, receipt);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Cannot enqueue webhook {WebhookId} of {Provider} ({Reason}); it was answered 503")]
        public static partial void NotEnqueued(ILogger logger, string provider, string webhookId, string reason);

        [LoggerMessage(2, LogLevel.Debug, "Cannot enqueue a webhook of {Provider}")]
        public static partial void Cause(ILogger logger, string provider, LoggedException exception);
    }
}
