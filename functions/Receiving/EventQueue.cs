using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Receiving;

/// <summary>Puts a verified webhook where it is safe: on queue <c>webhook-events</c>.</summary>
public sealed partial class EventQueue(QueueSenders senders, RawEventStore rawEvents, IOptions<ReceiveOptions> options, ILogger<EventQueue> logger)
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
        using var span = WebhookTracing.StartSend(Queues.WebhookEvents);
        using var timeout = new CancellationTokenSource(_timeout);
        try
        {
            if (message.Body.ToMemory().Length > MaxInlineBytes)
            {
                var blob = await rawEvents.WriteAsync(message.Key, message.ReceivedAt, message.Body, timeout.Token);
                message = message with { Body = BinaryData.Empty, ClaimCheck = blob };
            }

            await senders.Events.SendMessageAsync(message.ToMessage(), timeout.Token);
            return true;
        }
        catch (Exception failure)
        {
            span?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
            Log.NotEnqueued(logger, message.Key.Provider, failure);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A webhook of {Provider} could not be kept and was answered 503")]
        public static partial void NotEnqueued(ILogger logger, string provider, Exception failure);
    }
}
