using System.Diagnostics;
using System.Globalization;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Triggers;

/// <summary>Settles a message as its outcome says.</summary>
public sealed partial class MessageSettlement(
    QueueSenders senders, WebhookMetrics metrics, TimeProvider clock, ILogger<MessageSettlement> logger)
{
    // A rolling update takes minutes.
    private static readonly TimeSpan PutBackFor = TimeSpan.FromMinutes(5);

    // Set apart from every id that a message of ours has.
    private const string PutBackMark = "/v";

    /// <summary>
    /// Runs <paramref name="process"/> on a message that could be read and settles it; one that could not goes to the dead letters, and one of a newer
    /// version is put back for an instance of that version.
    /// Never throws: an exception out of a function has the message abandoned, and abandoned it comes back at once and burns its deliveries in seconds.
    /// A message that is not settled is redelivered when its lock expires.
    /// </summary>
    public async Task RunAsync<TMessage>(
        string queue,
        ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        Func<ServiceBusReceivedMessage, TMessage?> read,
        Func<TMessage, Task<Settlement>> process)
        where TMessage : class
    {
        using var span = MessageTracing.StartProcess(queue, message);
        try
        {
            var outcome = await ProcessAsync(queue, message, read, process);
            span?.SetTag("outcome", outcome.GetType().Name);
            // E11, and the end of D8
            switch (outcome)
            {
                case Settlement.Complete:
                    await actions.CompleteMessageAsync(message);
                    break;
                case Settlement.DeadLetter(var reason, var description):
                    await actions.DeadLetterMessageAsync(message, deadLetterReason: reason, deadLetterErrorDescription: description);
                    span?.SetStatus(ActivityStatusCode.Error, reason);
                    metrics.DeadLettered(queue, reason);
                    Log.DeadLettered(logger, queue, message.MessageId, reason, description);
                    break;
            }
        }
        catch (Exception failure)
        {
            span?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
            Log.NotSettled(logger, queue, message.MessageId, LoggedException.Of(failure));
        }
    }

    private async Task<Settlement> ProcessAsync<TMessage>(
        string queue, ServiceBusReceivedMessage message, Func<ServiceBusReceivedMessage, TMessage?> read, Func<TMessage, Task<Settlement>> process)
        where TMessage : class
    {
        TMessage? work;
        try
        {
            work = read(message);
        }
        catch (UnknownValueException unknown)
        {
            Log.PutBack(logger, queue, message.MessageId, unknown.Message);
            await senders.To(queue).SendMessageAsync(Again(message));
            return new Settlement.Complete();
        }

        return work is null ? new Settlement.DeadLetter(DeadLetterReason.MalformedMessage, "The message is none that this app sends.") : await process(work);
    }

    /// <summary>The same message, later. Its sequence number makes an id that was not seen before.</summary>
    private ServiceBusMessage Again(ServiceBusReceivedMessage message)
    {
        // A message that was sent by hand may lack an id.
        var id = message.MessageId ?? "";
        id = id.LastIndexOf(PutBackMark, StringComparison.Ordinal) is >= 0 and var mark ? id[..mark] : id;
        return new ServiceBusMessage(message)
        {
            MessageId = string.Create(CultureInfo.InvariantCulture, $"{id}{PutBackMark}{message.SequenceNumber}"),
            ScheduledEnqueueTime = clock.GetUtcNow() + PutBackFor,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(3, LogLevel.Warning, "{Queue}: message {MessageId} is put back for a newer version of the app. {Reason}")]
        public static partial void PutBack(ILogger logger, string queue, string messageId, string reason);


        [LoggerMessage(1, LogLevel.Error, "{Queue}: message {MessageId} goes to the dead letters: {Reason}. {Description}")]
        public static partial void DeadLettered(ILogger logger, string queue, string messageId, string reason, string description);

        [LoggerMessage(2, LogLevel.Warning, "{Queue}: message {MessageId} was not settled; it will be redelivered when its lock expires")]
        public static partial void NotSettled(ILogger logger, string queue, string messageId, LoggedException failure);
    }
}
