using System.Diagnostics;
using System.Globalization;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Triggers;

/// <summary>Settler of messages that runs their work and settles them by its outcome.</summary>
public sealed partial class MessageSettlement(
    QueueSenders senders, MessageSubjects subjects, WebhookMetrics metrics, Outages outages, TimeProvider clock, ILogger<MessageSettlement> logger)
{
    // No other message id of the app contains this.
    private const string PutBackSuffix = "/v";

    /// <summary>
    /// Runs <paramref name="process"/> on a readable message, and settles it. An unreadable message is dead-lettered, and a message of a newer
    /// version is put back for an instance of that version. Never throws: if a function throws, the message is abandoned and redelivered at once,
    /// which uses up its deliveries in seconds. An unsettled message is redelivered when its lock expires.
    /// </summary>
    /// <param name="queue">The queue of the message.</param>
    /// <param name="message">The message.</param>
    /// <param name="actions">The actions that settle it.</param>
    /// <param name="read">Reads it. Returns null if the app did not send it.</param>
    /// <param name="process">The message's own work.</param>
    /// <param name="takeOver">
    /// Other work that the invocation takes over afterwards; null for none. It must not throw. The message is completed after it, so that a crash during
    /// it causes a redelivery. It returns false if the message must be redelivered without a crash. A dead letter does not wait, because operators
    /// look for it. An unsettled message is redelivered only once its invocation has ended, so such an invocation takes nothing over.
    /// </param>
    public async Task RunAsync<TMessage>(
        string queue,
        ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        Func<ServiceBusReceivedMessage, TMessage?> read,
        Func<TMessage, Task<Settlement>> process,
        Func<Task<bool>>? takeOver = null)
        where TMessage : class
    {
        using var span = MessageTracing.StartProcess(queue, message);
        try
        {
            var outcome = await ProcessAsync(queue, message, read, process);
            span?.SetTag("outcome", outcome.GetType().Name);
            // E10, and the end of D8
            switch (outcome)
            {
                case Settlement.Complete:
                    if (await TakeOverAsync())
                    {
                        await actions.CompleteMessageAsync(message);
                    }

                    break;
                case Settlement.DeadLetter(var reason, var description):
                    await actions.DeadLetterMessageAsync(message, deadLetterReason: reason, deadLetterErrorDescription: description);
                    span?.SetStatus(ActivityStatusCode.Error, reason);
                    metrics.DeadLettered(queue, reason);
                    await LogDeadLetterAsync(queue, message, reason, description);
                    await TakeOverAsync();
                    break;
            }
        }
        catch (Exception exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
            Log.Cause(logger, queue, LoggedException.From(exception));
            if (outages.Broker.IsOngoing)
            {
                // The outage has lines of its own, whatever the number of messages.
                outages.Broker.Failed(LoggedException.ReasonOf(exception));
                return;
            }

            Log.NotSettled(logger, queue, LogText.Clean(message.MessageId), LoggedException.ReasonOf(exception));
        }

        Task<bool> TakeOverAsync()
        {
            if (takeOver is null)
            {
                return Task.FromResult(true);
            }

            // The work that is taken over has spans of its own.
            span?.Stop();
            return takeOver();
        }
    }

    private async Task LogDeadLetterAsync(string queue, ServiceBusReceivedMessage message, string reason, string description)
    {
        var subject = await subjects.FindAsync(queue, message, CancellationToken.None);
        Log.DeadLettered(
            logger,
            queue,
            LogText.Clean(subject.Space ?? message.ApplicationProperties.Text(MessageProperties.Provider), 40),
            LogText.Clean(subject.WebhookId ?? message.MessageId),
            LogText.Clean(subject.JobId),
            LogText.Clean(subject.Asset, 40),
            reason,
            LogText.Clean(description, 150));
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
        catch (UnknownValueException exception)
        {
            Log.PutBack(logger, queue, LogText.Clean(message.MessageId), LogText.Clean(exception.Message));
            await senders.To(queue).SendMessageAsync(PutBackCopyOf(message));
            return new Settlement.Complete();
        }

        return work is null ? new Settlement.DeadLetter(DeadLetterReason.MalformedMessage, "The app did not send this message.") : await process(work);
    }

    /// <summary>Returns a copy of the message for later delivery. Its id contains the sequence number, so that duplicate detection does not discard
    /// it.</summary>
    private ServiceBusMessage PutBackCopyOf(ServiceBusReceivedMessage message)
    {
        // A message that was sent by hand may have no id.
        var id = message.MessageId ?? "";
        id = id.LastIndexOf(PutBackSuffix, StringComparison.Ordinal) is >= 0 and var mark ? id[..mark] : id;
        return new ServiceBusMessage(message)
        {
            MessageId = string.Create(CultureInfo.InvariantCulture, $"{id}{PutBackSuffix}{message.SequenceNumber}"),
            ScheduledEnqueueTime = clock.GetUtcNow() + RetrySchedule.PutBackFor,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(3, LogLevel.Warning, "{Queue}: message {MessageId} is put back for a newer version of the app. {Reason}")]
        public static partial void PutBack(ILogger logger, string queue, string messageId, string reason);

        [LoggerMessage(1, LogLevel.Error, "{Queue}: dead letter of {Space} {WebhookId}, job {JobId}, asset {Asset}: {Reason}. {Description}")]
        public static partial void DeadLettered(
            ILogger logger, string queue, string space, string webhookId, string jobId, string asset, string reason, string description);

        [LoggerMessage(2, LogLevel.Warning, "{Queue}: message {MessageId} was not settled ({Reason}); the broker redelivers it when its lock expires")]
        public static partial void NotSettled(ILogger logger, string queue, string messageId, string reason);

        [LoggerMessage(4, LogLevel.Debug, "{Queue}: a message was not settled")]
        public static partial void Cause(ILogger logger, string queue, LoggedException exception);
    }
}
