using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Triggers;

/// <summary>Settles a message as its outcome says.</summary>
public sealed partial class MessageSettlement(WebhookMetrics metrics, ILogger<MessageSettlement> logger)
{
    /// <summary>
    /// Runs <paramref name="process"/> on a message that could be read and settles it; one that could not goes to the dead letters.
    /// Never throws: an exception out of a function has the message abandoned, and abandoned it comes back at once and burns its deliveries in seconds.
    /// Not settled, it comes back when its lock expires.
    /// </summary>
    public async Task RunAsync<TMessage>(
        string queue,
        ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        TMessage? read,
        Func<TMessage, Task<MessageOutcome>> process)
        where TMessage : class
    {
        using var span = MessageTracing.StartProcess(queue, message);
        try
        {
            var outcome = read is null
                ? new MessageOutcome.DeadLetter("MalformedMessage", "The message is none that this app sends.")
                : await process(read);
            span?.SetTag("outcome", outcome.GetType().Name);
            switch (outcome)
            {
                case MessageOutcome.Complete:
                    await actions.CompleteMessageAsync(message);
                    break;
                case MessageOutcome.DeadLetter(var reason, var description):
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
            Log.NotSettled(logger, queue, message.MessageId, failure);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Queue}: message {MessageId} goes to the dead letters: {Reason}. {Description}")]
        public static partial void DeadLettered(ILogger logger, string queue, string messageId, string reason, string description);

        [LoggerMessage(2, LogLevel.Warning, "{Queue}: message {MessageId} was not settled and comes back when its lock expires")]
        public static partial void NotSettled(ILogger logger, string queue, string messageId, Exception failure);
    }
}
