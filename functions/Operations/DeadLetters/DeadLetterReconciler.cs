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
/// Sees to it that every dead letter shows on its row. What the app gives to the dead letters has its row already; the broker gives some by itself,
/// whose deliveries or whose time are over, and tells nobody.
/// </summary>
public sealed partial class DeadLetterReconciler(
    DeadLetterQueues deadLetters,
    QueueBacklog backlog,
    StorageClients storage,
    EventStore events,
    AssetCompletionWriter completions,
    EventFailure failures,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<DeadLetterReconciler> logger)
{
    /// <summary>How many dead letters of a queue one run looks at; the next goes on behind them.</summary>
    public const int MostAtOnce = 1000;

    // A replay changes the row before it removes the dead letter.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private const string PositionPartition = "dead-letters";
    private const string PositionColumn = "From";

    /// <summary>Goes on through the dead letters of both queues.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await RunAsync(QueueNames.WebhookEvents, MarkEventAsync, cancellationToken);

        var oldestAsset = await backlog.OldestAsync(QueueNames.AssetDownloads, cancellationToken);
        await RunAsync(QueueNames.AssetDownloads, (message, token) => MarkAssetAsync(message, oldestAsset, token), cancellationToken);
    }

    /// <summary>
    /// Looks at the next ones. A message comes to the dead letters with the sequence number that it had, so new ones stand among the old:
    /// all are gone through, in turn.
    /// </summary>
    private async Task RunAsync(
        string queue, Func<ServiceBusReceivedMessage, CancellationToken, Task<bool>> mark, CancellationToken cancellationToken)
    {
        var position = await storage.Index.GetEntityIfExistsAsync<TableEntity>(PositionPartition, queue, cancellationToken: cancellationToken);
        var from = position.HasValue ? position.Value!.GetInt64(PositionColumn) ?? 0 : 0;
        await using var receiver = deadLetters.Open(queue);
        var next = from;
        for (var seen = 0; seen < MostAtOnce; seen += DeadLetterQueues.PageSize)
        {
            var page = await DeadLetterQueues.PeekAsync(receiver, next, DeadLetterQueues.PageSize, cancellationToken);
            foreach (var message in page)
            {
                if (await mark(message, cancellationToken))
                {
                    metrics.DeadLettered(queue, ReasonOf(message));
                    Log.Marked(logger, queue, message.MessageId, ReasonOf(message));
                }
            }

            if (page.Count < DeadLetterQueues.PageSize)
            {
                next = 0;
                break;
            }

            next = page[^1].SequenceNumber + 1;
        }

        if (next != from)
        {
            await storage.Index.UpsertEntityAsync(
                new TableEntity(PositionPartition, queue) { [PositionColumn] = next }, TableUpdateMode.Replace, cancellationToken);
        }
    }

    private async Task<bool> MarkEventAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken) =>
        EventMessage.TryRead(message) is { } dead
        && await failures.RecordDeadAsync(dead, ReasonOf(message), DescriptionOf(message), cancellationToken) == DeadLetterRecording.Recorded;

    private async Task<bool> MarkAssetAsync(ServiceBusReceivedMessage message, DateTimeOffset oldestWaiting, CancellationToken cancellationToken)
    {
        if (AssetMessage.TryRead(message) is not { } dead
            || await events.FindAssetAsync(dead.Event.PartitionKey, dead.Row, cancellationToken) is not { } asset)
        {
            return false;
        }

        var now = clock.GetUtcNow();
        if (asset.IsFinal || asset.IsAwaited(now) || asset.UpdatedAt > now - Grace || asset.UpdatedAt >= oldestWaiting)
        {
            return false;
        }

        var before = asset.State;
        asset.State = AssetState.Failed;
        asset.ErrorCode = ReasonOf(message);
        asset.LastError = BoundedText.WithoutTokens(DescriptionOf(message));
        asset.UpdatedAt = now;
        if (await completions.WriteAsync(asset, before, cancellationToken) != WriteResult.Written)
        {
            return false;
        }

        metrics.Failed(dead.Event.Provider, ReasonOf(message));
        return true;
    }

    private static string ReasonOf(ServiceBusReceivedMessage message) => message.DeadLetterReason ?? nameof(DeadLetterReason.DeadLettered);

    private static string DescriptionOf(ServiceBusReceivedMessage message) =>
        message.DeadLetterErrorDescription ?? "The message was moved to the dead letters by hand.";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Queue}: message {MessageId} lies in the dead letters: {Reason}")]
        public static partial void Marked(ILogger logger, string queue, string messageId, string reason);
    }
}
