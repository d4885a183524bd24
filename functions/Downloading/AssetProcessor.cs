using Azure;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Processor of asset messages that takes a slot, acquires the asset's lease and runs one attempt. After a crash the redelivered message resumes
/// from the row and the staged blocks.
/// </summary>
public sealed partial class AssetProcessor(
    EventStore events,
    JobTombstones tombstones,
    JobBlobs jobBlobs,
    AssetLeases leases,
    Redeliveries redeliveries,
    AssetRequeuer requeuer,
    AssetAdmission admission,
    AssetWaiting waiting,
    DownloadLimiter limiter,
    WaitingLineRecovery recovery,
    SuspectGate suspects,
    AssetAttempt attempt,
    AssetFaultHandler faults,
    AssetOutcomes outcomes,
    EventAnnouncements announcements,
    IOptions<AssetOptions> options,
    TimeProvider clock,
    ILogger<AssetProcessor> logger)
{
    // How often a lease is tried. Between the read of the row and the write of the lease, the current owner may renew or release it.
    private const int MaxLeaseTries = 5;

    // The time allowed for releasing the lease of an aborted attempt. Storage may be what failed, and a stopping host does not wait.
    private static readonly TimeSpan ReleaseGrace = TimeSpan.FromSeconds(5);

    // The clock-skew allowance for an expired lease, and the wait after many lost races.
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _runTime = options.Value.RunTime;

    /// <summary>Processes one message. Never throws.</summary>
    /// <param name="message">The asset to download.</param>
    /// <param name="delivery">Which delivery of its message this is.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task<Settlement> ProcessAsync(AssetMessage message, MessageDelivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.IsRedelivery)
        {
            // A process may have died that had a waiting line, or took assets over from it.
            redeliveries.Add(delivery);
            await recovery.RecoverAsync(cancellationToken);
        }

        try
        {
            var settlement = await AdmitAsync(message, delivery, cancellationToken);
            if (delivery.IsRedelivery)
            {
                // Or between the event's end and its notifications' messages.
                await announcements.SendOwedAsync(message.Event.PartitionKey, cancellationToken);
            }

            return settlement;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new Settlement.LeaveLocked();
        }
        catch (ServiceBusException exception)
        {
            return await faults.LeaveLockedAsync(message, exception);
        }
        catch (UnknownValueException)
        {
            return await faults.PutBackAsync(message);
        }
        catch (Exception exception)
        {
            Log.Cause(logger, message.Event.PartitionKey, message.Row, LoggedException.From(exception));
            return await faults.RetryOrFailAsync(message, delivery, exception);
        }
    }

    /// <summary>
    /// Downloads assets that wait for a slot, in an invocation that began at <paramref name="started"/> and whose own work is done. If its message is
    /// not settled yet, a crash causes a redelivery of it, and the line is recovered then. Never throws.
    /// </summary>
    /// <returns>Whether the message may be completed. If the host stops while assets wait, it must be redelivered to another process, as after a
    /// crash.</returns>
    /// <param name="started">The timestamp at which the invocation began, from <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="delivery">The delivery of the invocation's own message.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task<bool> TakeOverAsync(long started, MessageDelivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.IsNearDeliveryLimit)
        {
            // The message continues in a new one, whose invocation takes assets over.
            return true;
        }

        await admission.TakeOverAsync(
            started,
            next => TakeOverAsync(next, delivery with { IsOfOtherWork = true, OtherWorkDueAt = next.RecoveredDueAt }, cancellationToken),
            cancellationToken);
        return !(cancellationToken.IsCancellationRequested && limiter.HasWaiting());
    }

    /// <summary>Downloads an asset that waited for a slot. Returns false if that failed; the asset's scheduled message then tries again.</summary>
    private async Task<bool> TakeOverAsync(WaitingDownload waited, MessageDelivery delivery, CancellationToken stopping)
    {
        var message = waited.Message with { QueuedAt = waited.Message.QueuedAt + (clock.GetUtcNow() - waited.JoinedAt) };
        using var span = MessageTracing.StartTakeOver(QueueNames.AssetDownloads, message, waited.Origin);
        try
        {
            // The outcome settles no message here. The asset's scheduled message arrives later and finds the result on the row.
            var outcome = await BeginAsync(message, delivery, known: null, stopping);
            span?.SetTag("outcome", outcome.GetType().Name);
            return true;
        }
        catch (Exception exception)
        {
            Log.LeftWaiting(logger, message.Event.PartitionKey, message.Row, LoggedException.From(exception));
            if (!stopping.IsCancellationRequested)
            {
                await faults.RecordAbortedAsync(message, exception);
            }

            return false;
        }
    }

    private async Task<Settlement> AdmitAsync(AssetMessage message, MessageDelivery delivery, CancellationToken stopping)
    {
        AssetRow? row = null;
        if (message.WaitingSince is not null || delivery.IsRedelivery)
        {
            // The asset may have been downloaded, from the waiting line or before a crash, or its job erased. None of these needs a slot.
            row = await events.FindAssetAsync(message.Event.PartitionKey, message.Row, stopping);
            if (row is null)
            {
                return await LeaseAsync(message, delivery, row, hasTurn: false, stopping, stopping);
            }

            var settled = AlreadySettled(message, row);
            if (delivery.IsNearDeliveryLimit && settled is null or Settlement.Complete)
            {
                // A message without work continues too: its invocation takes over waiting assets, and needs a message with deliveries left.
                await leases.ReleaseEarlierAsync(row, delivery, stopping);
                return await requeuer.ContinueAsync(message with { TransientFailures = 0 }, TimeSpan.Zero, stopping);
            }

            if (settled is not null)
            {
                return settled;
            }

            if (delivery.IsRedelivery && limiter.HasRecovered(message))
            {
                // The asset found no slot before the crash, and continues in another message.
                return new Settlement.Complete();
            }
        }

        // D1
        return await admission.AdmitAsync(message, () => BeginAsync(message, delivery, row, stopping), stopping);
    }

    /// <summary>Begins the work on an asset. A suspect, whose earlier starts ended with the process, begins only while no other suspect
    /// runs.</summary>
    /// <param name="message">The asset to download.</param>
    /// <param name="delivery">Which delivery of its message this is.</param>
    /// <param name="known">The asset's row if it was read for this delivery; otherwise null.</param>
    /// <param name="stopping">Cancelled when the host stops.</param>
    private async Task<Settlement> BeginAsync(AssetMessage message, MessageDelivery delivery, AssetRow? known, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(_runTime, clock);
        using var deadlineOrStopping = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        var attemptCancellation = deadlineOrStopping.Token;

        // D2 On its first delivery, the message that the recorder sent implies the row's content and carries its ETag, which saves a read. If the
        // row has changed since, acquiring the lease fails, and the row is read then.
        var row = known ?? (message is { IsOriginal: true, RowETag: { } etag } && delivery.DeliveryCount == 1
            ? AssetRow.AsInserted(message.Event.PartitionKey, message.Row, message.Source, message.Assurance, new ETag(etag))
            : await events.FindAssetAsync(message.Event.PartitionKey, message.Row, stopping));
        var start = row is null ? WorkStart.Ordinary : WorkStarts.Next(StartsBefore(message, delivery, row));
        if (start == WorkStart.Ordinary)
        {
            return await LeaseAsync(message, delivery, row, hasTurn: false, attemptCancellation, stopping);
        }

        if (AlreadySettled(message, row) is { } settled)
        {
            return settled;
        }

        using var turn = suspects.TryEnter();
        if (turn is not null)
        {
            return await LeaseAsync(message, delivery, row, hasTurn: true, attemptCancellation, stopping);
        }

        await leases.ReleaseEarlierAsync(row!, delivery, stopping);
        return delivery.IsOfOtherWork ? new Settlement.Complete() : await waiting.WaitForTurnAsync(
            message, $"The worker process ended during each of its last {row!.Starts} starts. Such assets are downloaded one at a time.", stopping);
    }

    /// <param name="message">The asset to download.</param>
    /// <param name="delivery">Which delivery of its message this is.</param>
    /// <param name="row">The asset's row, as read or as implied by the message.</param>
    /// <param name="hasTurn">Whether the asset may be a suspect, because no other suspect runs.</param>
    /// <param name="attemptCancellation">Cancelled when the time for one message is over, or when the host stops.</param>
    /// <param name="stopping">Cancelled when the host stops.</param>
    private async Task<Settlement> LeaseAsync(
        AssetMessage message, MessageDelivery delivery, AssetRow? row, bool hasTurn, CancellationToken attemptCancellation, CancellationToken stopping)
    {
        for (var tries = 0; tries < MaxLeaseTries; tries++)
        {
            if (row is null && await tombstones.HasAsync(message.Event.Provider, message.JobId, stopping))
            {
                // The job was erased. A dead letter would keep data that is to be erased. An attempt that was still running may have committed a
                // blob after the erasure.
                await jobBlobs.EraseAsync(message.Event.Provider, message.JobId, stopping);
                return new Settlement.Complete();
            }

            if (AlreadySettled(message, row) is { } settled)
            {
                return settled;
            }

            var starts = row!.Starts = StartsBefore(message, delivery, row);
            if (!hasTurn && WorkStarts.Next(starts) != WorkStart.Ordinary)
            {
                // The row was read again, and another message of the asset has made it a suspect since.
                return await BeginAsync(message, delivery, row, stopping);
            }

            switch (await leases.AcquireAsync(row, delivery, message.Attempt, stopping))
            {
                case LeaseResult.HeldByOther(var until):
                    // The lease owner may have died, or may die, and its message be lost with it. A message checks again after the lease has expired. An
                    // asset from the waiting line has a scheduled message for that. After a crash it may be hours later, and then another one is sent.
                    // The scheduled message may itself be such a check, so it need not be due to the millisecond.
                    var check = until + ShortWait;
                    return delivery.IsOfOtherWork && !(delivery.OtherWorkDueAt > check + ShortWait)
                        ? new Settlement.Complete()
                        : await requeuer.ContinueAsync(message, check - clock.GetUtcNow(), stopping);

                case LeaseResult.Acquired(var lease):
                    await using (lease)
                    {
                        return WorkStarts.Next(starts) == WorkStart.Parked
                            ? await outcomes.FailAsync(
                                message,
                                lease,
                                DeadLetterReason.CrashesWorker,
                                $"The worker process ended {starts} times in a row while it worked on this asset, {WorkStarts.AsSuspect} of them while no other suspect ran.",
                                stopping)
                            : await AttemptAsync(message, lease, attemptCancellation, stopping);
                    }
            }

            row = await events.FindAssetAsync(message.Event.PartitionKey, message.Row, stopping);
        }

        return delivery.IsOfOtherWork ? new Settlement.Complete() : await requeuer.ContinueAsync(message, ShortWait, stopping);
    }

    private async Task<Settlement> AttemptAsync(AssetMessage message, AssetLease lease, CancellationToken attemptCancellation, CancellationToken stopping)
    {
        var started = clock.GetTimestamp();
        try
        {
            return await attempt.RunAsync(message, lease, attemptCancellation, stopping);
        }
        catch (Exception exception) when (exception is not UnknownValueException)
        {
            await AbandonAsync(message, lease);
            throw;
        }
        finally
        {
            limiter.Record(message, clock.GetElapsedTime(started));
        }
    }

    /// <summary>Releases the lease of an aborted attempt. The process survived, so this start does not count as a crash. Never throws.</summary>
    private async Task AbandonAsync(AssetMessage message, AssetLease lease)
    {
        using var grace = new CancellationTokenSource(ReleaseGrace, clock);
        try
        {
            await lease.AbandonAsync(grace.Token);
        }
        catch (Exception exception)
        {
            Log.NotReleased(logger, message.Event.PartitionKey, message.Row, LoggedException.From(exception));
        }
    }

    /// <summary>
    /// Returns how many earlier starts ended with the process. The first delivery of the message that follows an aborted attempt proves that the
    /// last start did not, even if the row could not be written then.
    /// </summary>
    private static int StartsBefore(AssetMessage message, MessageDelivery delivery, AssetRow row) =>
        message.TransientFailures > 0 && delivery.DeliveryCount == 1 ? 0 : row.Starts;

    /// <summary>Says how to settle a message whose work was done or continued before, or whose asset is unknown. Returns null if there is work.</summary>
    private Settlement? AlreadySettled(AssetMessage message, AssetRow? row) => row switch
    {
        null => AssetOutcomes.SettleFailed(message, nameof(DeadLetterReason.UnknownAsset), "The asset has no row."),

        // A download would store this asset's content under the other one's name.
        { } when row.Name != message.Source.Name => SettleOther(message, row),

        // The asset was reopened since, and has a newer message.
        { } when message.Reopenings < row.Reopenings => new Settlement.Complete(),

        // A process died between writing the row and dead-lettering the message.
        { State: AssetState.Failed } when message.Attempt == row.Attempts - 1 =>
            AssetOutcomes.SettleFailed(message, row.ErrorCode ?? nameof(DeadLetterReason.InternalError), row.LastError ?? ""),

        // The event was proven since, and its assets have newer messages.
        { } when row.Assurance.IsProven() != message.Assurance.IsProven() => new Settlement.Complete(),
        { IsFinal: true } => new Settlement.Complete(),
        _ => message.Attempt < row.Attempts ? new Settlement.Complete() : null,
    };

    private Settlement.Complete SettleOther(AssetMessage message, AssetRow row)
    {
        Log.OtherAsset(logger, message.Event.PartitionKey, message.Row, LogText.Clean(row.Name, 40), LogText.Clean(message.Source.Name, 40));
        return new Settlement.Complete();
    }

    private static partial class Log
    {
        [LoggerMessage(4, LogLevel.Warning, "Event {Event}, {Asset}: a message for asset {Other} has no effect, because the row is that of asset {Name}")]
        public static partial void OtherAsset(ILogger logger, string @event, string asset, string name, string other);

        [LoggerMessage(1, LogLevel.Debug, "Event {Event}, {Asset}: attempt aborted by a storage or internal error; retrying")]
        public static partial void Cause(ILogger logger, string @event, string asset, LoggedException exception);

        [LoggerMessage(2, LogLevel.Debug, "Event {Event}, {Asset}: cannot release the lease of an aborted attempt; it expires on its own")]
        public static partial void NotReleased(ILogger logger, string @event, string asset, LoggedException exception);

        [LoggerMessage(3, LogLevel.Debug, "Event {Event}, {Asset}: the attempt from the waiting line was aborted; the asset's scheduled message retries it")]
        public static partial void LeftWaiting(ILogger logger, string @event, string asset, LoggedException exception);
    }
}
