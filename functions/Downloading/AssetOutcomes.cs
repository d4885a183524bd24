using System.Diagnostics;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Recorder of the results of attempts. Order: send the follow-up message, update the row, settle this message. A crash at any point causes a
/// redelivery, never a loss.
/// </summary>
public sealed partial class AssetOutcomes(
    EventStore events, AssetCompletionWriter completions, AssetRequeuer requeuer, WebhookMetrics metrics, TimeProvider clock, ILogger<AssetOutcomes> logger)
{
    // The wait until the worker that changed the row has written its own result.
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(5);

    // The time for sending the follow-up message while the host stops.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);

    /// <summary>Records that the blob is stored.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="lease">The lease, which is released.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="duration">The duration of this attempt.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    internal async Task<Settlement> CompleteAsync(
        AssetMessage message, AssetLease lease, StoredBlob blob, TimeSpan duration, CancellationToken cancellationToken)
    {
        // D7, D8
        var stored = await lease.ReleaseAsync(
            row =>
            {
                row.State = AssetState.Stored;
                row.Blob = blob.Name;
                row.Bytes = blob.Bytes;
                row.Sha256 = blob.Sha256;
                row.ContentType = blob.ContentType;
                row.Attempts = message.Attempt + 1;
                row.ErrorCode = null;
                row.LastError = null;
            },
            row => completions.WriteAsync(row, AssetState.Downloading, cancellationToken),
            cancellationToken);
        if (!stored)
        {
            return await RequeueAsync(message, cancellationToken);
        }

        metrics.Stored(message.Event.Provider, blob.Bytes, duration);
        Activity.Current?.SetTag("webhook.blob", blob.Name);
        Log.Stored(logger, message.Event.PartitionKey, message.Row, blob.Name, blob.Bytes);
        return new Settlement.Complete();
    }

    /// <summary>Schedules the next attempt after a failed one, or fails the asset: see <see cref="RetryPolicy"/>.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="lease">The lease, which is released.</param>
    /// <param name="failed">The failed attempt.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    internal async Task<Settlement> RetryOrFailAsync(AssetMessage message, AssetLease lease, FailedAttempt failed, CancellationToken cancellationToken)
    {
        var failure = failed.Failure;
        var decision = RetryPolicy.Decide(message, failed, clock.GetUtcNow(), Random.Shared.NextDouble());
        if (decision is RetryDecision.Fail(var reason, var description))
        {
            return await FailAsync(message, lease, reason, description, cancellationToken);
        }

        var wait = ((RetryDecision.Retry)decision).Wait;
        var next = clock.GetUtcNow() + wait;
        await requeuer.RetryAsync(message, wait, cancellationToken);
        var written = await lease.ReleaseAsync(
            row =>
            {
                row.State = AssetState.Retrying;
                row.Attempts = message.Attempt + 1;
                row.NextAttemptAt = next;
                row.ErrorCode = failure.Reason.ToString();
                row.LastError = BoundedText.WithoutTokens(failure.Description);
                if (failure.Reason == FailureReason.Corrupted)
                {
                    // The next attempt downloads from the beginning.
                    row.SourceValidator = null;
                }
            },
            row => events.UpdateAsync(row, cancellationToken),
            cancellationToken);
        if (written)
        {
            metrics.Retried(message.Event.Provider, failure.Reason.ToString());
            LogFailedAttempt(message, failure.Reason.ToString(), $"the next is at {next:O}", failure.Description);
        }

        return new Settlement.Complete();
    }

    /// <summary>Records that the asset failed for good.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="lease">The lease, which is released.</param>
    /// <param name="reason">The dead letter's reason.</param>
    /// <param name="description">What happened, as text for an operator.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    internal async Task<Settlement> FailAsync(
        AssetMessage message, AssetLease lease, DeadLetterReason reason, string description, CancellationToken cancellationToken)
    {
        var ended = await lease.ReleaseAsync(
            row =>
            {
                row.MarkFailed(reason.ToString(), description, clock.GetUtcNow());
                row.Attempts = message.Attempt + 1;
            },
            row => completions.WriteAsync(row, AssetState.Downloading, cancellationToken),
            cancellationToken);
        if (!ended)
        {
            return await RequeueAsync(message, cancellationToken);
        }

        metrics.Failed(message.Event.Provider, reason.ToString());
        if (!message.Assurance.IsProven())
        {
            // There is no dead letter whose line would say it.
            LogFailedAttempt(message, reason.ToString(), "and was the last", description);
        }

        return SettleFailed(message, reason.ToString(), description);
    }

    /// <summary>
    /// Returns the settlement of a message whose asset has failed. An unconfirmed asset gets no dead letter, because strangers must not be able to
    /// raise alerts. Its row holds the reason, and it can be refetched.
    /// </summary>
    internal static Settlement SettleFailed(AssetMessage message, string reason, string description) =>
        message.Assurance.IsProven() ? new Settlement.DeadLetter(reason, description) : new Settlement.Complete();

    /// <summary>
    /// Continues the attempt in a new message unless the 24-hour deadline has passed, which also bounds very slow sources. The host may be stopping,
    /// so the work here has its own timeout.
    /// </summary>
    /// <param name="message">The asset.</param>
    /// <param name="lease">The lease, which is released.</param>
    /// <param name="reason">Why the attempt did not end, as text for an operator.</param>
    internal async Task<Settlement> ContinueAsync(AssetMessage message, AssetLease lease, string reason)
    {
        using var grace = new CancellationTokenSource(StopGrace, clock);
        if (RetrySchedule.IsOver(message.QueuedAt, clock.GetUtcNow()))
        {
            return await FailAsync(message, lease, DeadLetterReason.RetriesExhausted, $"Tried for 24 hours. {reason}", grace.Token);
        }

        var settlement = await requeuer.ContinueAsync(message.AfterWork(), TimeSpan.Zero, grace.Token);
        await lease.ReleaseAsync(_ => { }, row => events.UpdateAsync(row, grace.Token), grace.Token);
        return settlement;
    }

    // The lease was lost to another worker in the meantime. If that worker dies, the requeued message continues the work.
    private Task<Settlement> RequeueAsync(AssetMessage message, CancellationToken cancellationToken) =>
        requeuer.ContinueAsync(message, ShortWait, cancellationToken);

    private void LogFailedAttempt(AssetMessage message, string reason, string sequel, string description) => Log.AttemptFailed(
        logger,
        LogText.Clean(message.Event.PartitionKey),
        LogText.Clean(message.Source.Name, 40),
        LogText.Clean(message.Source.Host ?? "-", 60),
        message.Attempt + 1,
        reason,
        sequel,
        LogText.Clean(description, 150));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Event {Event}, {Asset}: stored as {Blob}, {Bytes} bytes")]
        public static partial void Stored(ILogger logger, string @event, string asset, string blob, long bytes);

        [LoggerMessage(2, LogLevel.Warning, "Event {Event}, asset {Asset} at {Host}: attempt {Attempt} failed ({Reason}), {Sequel}. {Description}")]
        public static partial void AttemptFailed(
            ILogger logger, string @event, string asset, string host, int attempt, string reason, string sequel, string description);
    }
}
