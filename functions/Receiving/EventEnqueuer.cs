using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Receiving;

/// <summary>Puts a verified webhook where it is safe: on queue <c>webhook-events</c>.</summary>
public sealed partial class EventEnqueuer(
    QueueSenders senders, RawEventStore rawEvents, SpentWebhookIds spentIds, IOptions<ReceiveOptions> options, Outages outages, ILogger<EventEnqueuer> logger)
{
    /// <summary>
    /// A larger body goes to Blob Storage and the message says where (claim check). Service Bus Standard takes messages of 256 KiB,
    /// of which the properties may take 64.
    /// </summary>
    public const int MaxInlineBytes = 192 * 1024;

    private readonly TimeSpan _timeout = options.Value.EnqueueTimeout;

    /// <summary>
    /// True when the broker has accepted the event, also where it dropped it as a duplicate: then, and only then, 200 may be answered.
    /// Whether the sender still waits makes no difference.
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
                if (await PutAsideAsync(message, timeout.Token) is not { } claimCheck)
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
        catch (Exception failure)
        {
            span?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
            Log.Cause(logger, message.Key.Provider, LoggedException.Of(failure));
            if (failure is OperationCanceledException)
            {
                part.Failed($"no answer within {_timeout.TotalSeconds:0} seconds");
            }
            else if (!StorageErrors.IsTransient(failure) && !BrokerErrors.IsTransient(failure))
            {
                Log.NotEnqueued(logger, message.Key.Provider, LogText.Of(message.Key.WebhookId), LoggedException.ReasonOf(failure));
            }

            return false;
        }
    }

    /// <summary>
    /// Puts the body into its event's blob; null where the webhook id is spent, and nothing is left to be done. The id has one blob, however many
    /// bodies come with it: where there is one, the message stands for that.
    /// </summary>
    private async Task<EventMessage?> PutAsideAsync(EventMessage message, CancellationToken cancellationToken)
    {
        if (await spentIds.HasAsync(message.Key, cancellationToken))
        {
            return null;
        }

        var (isNew, receipt) = await rawEvents.WriteAsync(message.Key, message.Body, message.Receipt, cancellationToken);
        var blob = RawEventStore.NameOf(message.Key);

        // An erasure spends the id and then removes the blob. One that went by in between has left this one.
        if (isNew && await spentIds.HasAsync(message.Key, cancellationToken))
        {
            await rawEvents.DeleteAsync(blob, cancellationToken);
            return null;
        }

        return message.ClaimedAs(blob, receipt);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A webhook of {Provider}, {WebhookId}, could not be kept ({Reason}) and was answered 503")]
        public static partial void NotEnqueued(ILogger logger, string provider, string webhookId, string reason);

        [LoggerMessage(2, LogLevel.Debug, "A webhook of {Provider} could not be kept")]
        public static partial void Cause(ILogger logger, string provider, LoggedException failure);
    }
}
