using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>
/// Reconciler of rows with dead letters. Messages that the broker dead-lettered itself are re-driven for a day. After that their rows are marked as
/// failed, and so are those of messages that a person dead-lettered. Rows of messages that the app dead-lettered show it already.
/// </summary>
public sealed partial class DeadLetterReconciler(
    DeadLetterQueues deadLetters,
    DeadLetterRedrive redrive,
    QueueBacklog backlog,
    StorageClients storage,
    EventStore events,
    AssetCompletionWriter completions,
    NotificationStore notifications,
    EventFailure failures,
    MessageSubjects subjects,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<DeadLetterReconciler> logger)
{
    /// <summary>How many dead letters of a queue one run examines; the next run continues after them.</summary>
    public const int MaxPerRun = 1000;

    // A replay changes the row before it removes the dead letter, so a younger row change may belong to a replay in progress.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private const string PositionPartition = "dead-letters";
    private const string PositionColumn = "From";

    /// <summary>
    /// Examines the next dead letters of a queue. A dead-lettered message keeps its sequence number, so new ones appear among the old, and every
    /// pass covers all of them. One that cannot be examined does not block the others. Throws if storage or the broker is unavailable.
    /// </summary>
    public async Task RunAsync(string queue, CancellationToken cancellationToken)
    {
        var contents = new Lazy<Task<QueueContents>>(() => backlog.ReadAsync(queue, cancellationToken));
        var position = await storage.Index.GetEntityIfExistsAsync<TableEntity>(PositionPartition, queue, cancellationToken: cancellationToken);
        var from = position.HasValue ? position.Value!.GetInt64(PositionColumn) ?? 0 : 0;
        await using var receiver = deadLetters.Open(queue);
        var next = from;
        var due = new List<long>();
        for (var seen = 0; seen < MaxPerRun; seen += DeadLetterQueues.PageSize)
        {
            var page = await DeadLetterQueues.PeekAsync(receiver, next, DeadLetterQueues.PageSize, cancellationToken);
            foreach (var message in page)
            {
                try
                {
                    if (await redrive.IsDueAsync(queue, message, cancellationToken))
                    {
                        due.Add(message.SequenceNumber);
                        continue;
                    }

                    await ExamineAsync(queue, message, contents, cancellationToken);
                }
                catch (Exception exception) when (!StorageErrors.IsTransient(exception) && !BrokerErrors.IsTransient(exception))
                {
                    await LogFailureAsync(queue, message, exception, cancellationToken);
                }
            }

            if (page.Count < DeadLetterQueues.PageSize)
            {
                next = 0;
                break;
            }

            next = page[^1].SequenceNumber + 1;
        }

        await redrive.RunAsync(queue, due, cancellationToken);
        if (next != from)
        {
            await storage.Index.UpsertEntityAsync(
                new TableEntity(PositionPartition, queue) { [PositionColumn] = next }, TableUpdateMode.Replace, cancellationToken);
        }
    }

    private async Task ExamineAsync(
        string queue, ServiceBusReceivedMessage message, Lazy<Task<QueueContents>> contents, CancellationToken cancellationToken)
    {
        var result = queue switch
        {
            QueueNames.WebhookEvents => await ReconcileEventAsync(message, contents, cancellationToken),
            QueueNames.AssetDownloads => await ReconcileAssetAsync(message, contents, cancellationToken),
            _ => await ReconcileNotificationAsync(message, contents, cancellationToken),
        };
        if (result != Reconciliation.Marked)
        {
            Log.LeftAsItIs(logger, queue, message.MessageId, result);
            return;
        }

        metrics.DeadLettered(queue, ReasonOf(message));
        var subject = await subjects.FindAsync(queue, message, cancellationToken);
        Log.Marked(
            logger,
            queue,
            LogText.Clean(subject.Space, 40),
            LogText.Clean(subject.WebhookId),
            LogText.Clean(subject.JobId),
            LogText.Clean(subject.Asset, 40),
            LogText.Clean(ReasonOf(message), 60));
    }

    private async Task LogFailureAsync(string queue, ServiceBusReceivedMessage message, Exception exception, CancellationToken cancellationToken)
    {
        var subject = await subjects.FindAsync(queue, message, cancellationToken);
        var (space, webhookId) = (LogText.Clean(subject.Space, 40), LogText.Clean(subject.WebhookId));
        var (job, asset) = (LogText.Clean(subject.JobId), LogText.Clean(subject.Asset, 40));
        var (level, reason) = exception is UnknownValueException
            ? (LogLevel.Warning, exception.Message.TrimEnd('.'))
            : (LogLevel.Error, LoggedException.ReasonOf(exception));
        Log.Cause(logger, queue, LoggedException.From(exception));
        Log.NotExamined(logger, level, queue, space, webhookId, job, asset, reason);
    }

    private async Task<Reconciliation> ReconcileEventAsync(
        ServiceBusReceivedMessage message, Lazy<Task<QueueContents>> queue, CancellationToken cancellationToken)
    {
        if (EventMessage.TryRead(message) is not { } dead)
        {
            return Reconciliation.Unreadable;
        }

        if (await events.FindAsync(dead.Key.PartitionKey, cancellationToken) is { } row && (!row.IsOpen || row.HasFailedSince(message.EnqueuedTime)))
        {
            return Reconciliation.AlreadyShown;
        }

        if ((await queue.Value).MayHold(QueueBacklog.KeyOf(dead.Key.PartitionKey)))
        {
            return Reconciliation.InProgress;
        }

        return await failures.RecordDeadLetterAsync(
            dead, message.EnqueuedTime, ReasonOf(message), DescriptionOf(message), cancellationToken) switch
        {
            DeadLetterRecording.Recorded => Reconciliation.Marked,
            DeadLetterRecording.RetryPending => Reconciliation.InProgress,
            DeadLetterRecording.Erased => Reconciliation.NoRow,
            _ => Reconciliation.AlreadyShown,
        };
    }

    private async Task<Reconciliation> ReconcileAssetAsync(
        ServiceBusReceivedMessage message, Lazy<Task<QueueContents>> queue, CancellationToken cancellationToken)
    {
        if (AssetMessage.TryRead(message) is not { } dead)
        {
            return Reconciliation.Unreadable;
        }

        if (await events.FindAssetAsync(dead.Event.PartitionKey, dead.Row, cancellationToken) is not { } asset)
        {
            return Reconciliation.NoRow;
        }

        var now = clock.GetUtcNow();
        if (asset.IsFinal)
        {
            return Reconciliation.AlreadyShown;
        }

        if (asset.IsAwaited(now) || asset.UpdatedAt > now - Grace || (await queue.Value).MayHold(QueueBacklog.KeyOf(asset.PartitionKey, asset.RowKey)))
        {
            return Reconciliation.InProgress;
        }

        var before = asset.State;
        asset.MarkFailed(ReasonOf(message), DescriptionOf(message), now);
        if (await completions.WriteAsync(asset, before, cancellationToken) != WriteResult.Written)
        {
            return Reconciliation.RaceLost;
        }

        metrics.Failed(dead.Event.Provider, ReasonOf(message));
        return Reconciliation.Marked;
    }

    private async Task<Reconciliation> ReconcileNotificationAsync(
        ServiceBusReceivedMessage message, Lazy<Task<QueueContents>> queue, CancellationToken cancellationToken)
    {
        if (NotificationMessage.Read(message) is not { } dead)
        {
            return Reconciliation.Unreadable;
        }

        if (await notifications.FindAsync(dead.Event.PartitionKey, dead.Row, cancellationToken) is not { } owed)
        {
            return Reconciliation.NoRow;
        }

        if (owed.State != NotificationState.Pending)
        {
            return Reconciliation.AlreadyShown;
        }

        var now = clock.GetUtcNow();
        if (owed.NextAttemptAt > now || owed.UpdatedAt > now - Grace || (await queue.Value).MayHold(QueueBacklog.KeyOf(owed.PartitionKey, owed.RowKey)))
        {
            return Reconciliation.InProgress;
        }

        var marked = await notifications.ChangeAsync(
            owed.PartitionKey,
            owed.RowKey,
            row =>
            {
                if (row.ETag != owed.ETag)
                {
                    return false;
                }

                (row.State, row.ErrorCode, row.LastError) =
                    (NotificationState.Failed, ReasonOf(message), BoundedText.WithoutTokens(DescriptionOf(message)));
                (row.NextAttemptAt, row.UpdatedAt) = (null, now);
                return true;
            },
            cancellationToken);
        return marked is null ? Reconciliation.RaceLost : Reconciliation.Marked;
    }

    private static string ReasonOf(ServiceBusReceivedMessage message) => message.DeadLetterReason ?? nameof(DeadLetterReason.DeadLettered);

    private static string DescriptionOf(ServiceBusReceivedMessage message) =>
        message.DeadLetterErrorDescription ?? "The message was dead-lettered by hand.";

    /// <summary>The result of examining a dead letter.</summary>
    private enum Reconciliation
    {
        /// <summary>Its row was marked as failed.</summary>
        Marked,

        /// <summary>The app did not send it, or a newer version did.</summary>
        Unreadable,

        /// <summary>Its row does not exist any more, or its event was erased.</summary>
        NoRow,

        /// <summary>Its row already shows how the work ended, or that it was dispatched.</summary>
        AlreadyShown,

        /// <summary>Another message of its work may be pending.</summary>
        InProgress,

        /// <summary>Another worker changed the row first.</summary>
        RaceLost,
    }

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Debug, "{Queue}: dead letter {MessageId} stays as it is: {Result}")]
        public static partial void LeftAsItIs(ILogger logger, string queue, string messageId, Reconciliation result);

        [LoggerMessage(1, LogLevel.Error, "{Queue}: the broker or a person dead-lettered the message of {Space} {WebhookId}, job {JobId}, asset {Asset}: {Reason}. An operator has to replay it")]
        public static partial void Marked(ILogger logger, string queue, string space, string webhookId, string jobId, string asset, string reason);

        [LoggerMessage(EventId = 3, Message = "{Queue}: cannot examine the dead letter of {Space} {WebhookId}, job {JobId}, asset {Asset}: {Reason}. It stays as it is, and a later run retries it")]
        public static partial void NotExamined(
            ILogger logger, LogLevel level, string queue, string space, string webhookId, string jobId, string asset, string reason);

        [LoggerMessage(4, LogLevel.Debug, "{Queue}: cannot examine a dead letter")]
        public static partial void Cause(ILogger logger, string queue, LoggedException exception);
    }
}
