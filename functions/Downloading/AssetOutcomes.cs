using System.Diagnostics;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Writes what came of an attempt and says how its message is settled. The order is the message that goes on, the row, the end of this message:
/// whatever is missing when a process dies, something comes back.
/// </summary>
public sealed partial class AssetOutcomes(
    EventStore events, AssetCompletionWriter ledger, AssetRequeuer queue, WebhookMetrics metrics, TimeProvider clock, ILogger<AssetOutcomes> logger)
{
    /// <summary>The reason of a dead letter for which the time is over.</summary>
    public const string GaveUp = "GaveUp";

    // For a moment in which another worker changed the row.
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(5);

    // For handing the work on while the host stops.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);

    /// <summary>The blob is there.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="claim">The claim, which ends.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="duration">How long this attempt took.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    internal async Task<Settlement> CompleteAsync(
        AssetMessage message, AssetLease claim, StoredBlob blob, TimeSpan duration, CancellationToken cancellationToken)
    {
        // D7, D8
        var stored = await claim.ReleaseAsync(
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
            row => ledger.WriteAsync(row, AssetState.Downloading, cancellationToken),
            cancellationToken);
        if (!stored)
        {
            return await RequeueAsync(message, cancellationToken);
        }

        metrics.Stored(message.Event.Provider, blob.Bytes, duration);
        Activity.Current?.SetTag("webhook.blob", blob.Name);
        Log.Stored(logger, message.Event.PartitionKey, message.Row, blob.Name, blob.Bytes);
        return Settlement.Completed;
    }

    /// <summary>The attempt failed: another one is made, unless it would fail alike or the time is over.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="claim">The claim, which ends.</param>
    /// <param name="failure">Why.</param>
    /// <param name="advanced">Whether the next attempt has less to do.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    internal async Task<Settlement> RetryOrFailAsync(
        AssetMessage message, AssetLease claim, DownloadFailure failure, bool advanced, CancellationToken cancellationToken)
    {
        if (failure.IsPermanent)
        {
            return await FailAsync(message, claim, failure.Reason.ToString(), failure.Description, cancellationToken);
        }

        // A download that comes nearer to its end with every attempt does not wait longer and longer.
        var wait = Longer(RetrySchedule.Delay(advanced ? 0 : message.Attempt), failure.RetryAfter);
        var next = clock.GetUtcNow() + wait;
        if (next > message.QueuedAt + RetrySchedule.GiveUpAfter)
        {
            return await FailAsync(
                message, claim, GaveUp, $"Tried for 24 hours, {message.Attempt + 1} times. {failure.Description}", cancellationToken);
        }

        await queue.RetryAsync(message, wait, cancellationToken);
        var written = await claim.ReleaseAsync(
            row =>
            {
                row.State = AssetState.Retrying;
                row.Attempts = message.Attempt + 1;
                row.NextAttemptAt = next;
                row.ErrorCode = failure.Reason.ToString();
                row.LastError = BoundedText.WithoutTokens(failure.Description);
                if (failure.Reason == FailureReason.Corrupted)
                {
                    // Nothing of it is gone on with.
                    row.SourceValidator = null;
                }
            },
            row => events.TryUpdateAsync(row, cancellationToken),
            cancellationToken);
        if (written)
        {
            metrics.Retried(message.Event.Provider, failure.Reason.ToString());
            Log.AttemptFailed(logger, message.Event.PartitionKey, message.Row, message.Attempt, failure.Reason, failure.Description, wait);
        }

        return Settlement.Completed;
    }

    /// <summary>No attempt is made any more by itself.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="claim">The claim, which ends.</param>
    /// <param name="reason">The dead letter's reason.</param>
    /// <param name="description">What happened, in words for a person.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    internal async Task<Settlement> FailAsync(
        AssetMessage message, AssetLease claim, string reason, string description, CancellationToken cancellationToken)
    {
        var ended = await claim.ReleaseAsync(
            row =>
            {
                row.State = AssetState.Failed;
                row.Attempts = message.Attempt + 1;
                row.ErrorCode = reason;
                row.LastError = BoundedText.WithoutTokens(description);
            },
            row => ledger.WriteAsync(row, AssetState.Downloading, cancellationToken),
            cancellationToken);
        if (!ended)
        {
            return await RequeueAsync(message, cancellationToken);
        }

        metrics.Failed(message.Event.Provider, reason);
        return Ended(message, reason, description);
    }

    /// <summary>
    /// How to settle a message whose asset has failed. What nothing proves becomes no dead letter: strangers must not be able to raise alerts. Its row
    /// says what happened, and it can be fetched again.
    /// </summary>
    internal static Settlement Ended(AssetMessage message, string reason, string description) =>
        message.Assurance.IsProven() ? new Settlement.DeadLetter(reason, description) : Settlement.Completed;

    /// <summary>
    /// The attempt goes on in another message, at once, unless the time is over: a source that is just fast enough, and an asset that itself ends the
    /// processes, come to an end too. The host may be stopping: this has a time of its own.
    /// </summary>
    /// <param name="message">The asset.</param>
    /// <param name="claim">The claim, which ends.</param>
    /// <param name="why">Why the attempt did not end, in words for a person.</param>
    internal async Task<Settlement> ContinueAsync(AssetMessage message, AssetLease claim, string why)
    {
        using var grace = new CancellationTokenSource(StopGrace, clock);
        if (clock.GetUtcNow() > message.QueuedAt + RetrySchedule.GiveUpAfter)
        {
            return await FailAsync(message, claim, GaveUp, $"Tried for 24 hours. {why}", grace.Token);
        }

        await queue.ContinueAsync(message with { TransientFailures = 0 }, TimeSpan.Zero, grace.Token);
        await claim.ReleaseAsync(_ => { }, row => events.TryUpdateAsync(row, grace.Token), grace.Token);
        return Settlement.Completed;
    }

    // The claim was lost at the last moment. Who has it now may die: this message finds the work done, or does it.
    private async Task<Settlement> RequeueAsync(AssetMessage message, CancellationToken cancellationToken)
    {
        await queue.ContinueAsync(message, ShortWait, cancellationToken);
        return Settlement.Completed;
    }

    private static TimeSpan Longer(TimeSpan wait, TimeSpan? asked) =>
        asked is not { } longer || longer <= wait ? wait : longer < RetrySchedule.Longest ? longer : RetrySchedule.Longest;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Event {Event}, {Asset}: stored as {Blob}, {Bytes} bytes")]
        public static partial void Stored(ILogger logger, string @event, string asset, string blob, long bytes);

        [LoggerMessage(2, LogLevel.Warning, "Event {Event}, {Asset}: attempt {Attempt} failed ({Reason}) and is made again in {Wait}. {Description}")]
        public static partial void AttemptFailed(
            ILogger logger, string @event, string asset, int attempt, FailureReason reason, string description, TimeSpan wait);
    }
}
