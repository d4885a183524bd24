using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Downloading.Leases;

/// <summary>Factory of leases on assets that acquires them, and releases those of earlier deliveries.</summary>
public sealed partial class AssetLeases(
    EventStore events, Redeliveries redeliveries, IOptions<AssetOptions> options, TimeProvider clock, ILogger<AssetLeases> logger)
{
    private readonly TimeSpan _time = options.Value.LeaseTime;

    /// <summary>
    /// Acquires the lease on an asset. A lease of a delivery that has a later one is taken over at once: that delivery has lost its lock, or the later
    /// one would not exist. Any other lease has to expire first. The write that acquires the lease records the start too.
    /// </summary>
    /// <param name="row">The asset's row, as read.</param>
    /// <param name="delivery">The delivery that acquires it.</param>
    /// <param name="attempt">The number of failed attempts before this one.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable.</exception>
    public async Task<LeaseResult> AcquireAsync(AssetRow row, MessageDelivery delivery, int attempt, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (owner, previous) = (delivery.LeaseOwner, row.LeaseOwner);
        if (previous is not null && row.LeaseExpiresAt is { } until && until > now && !HasLostLock(previous, delivery))
        {
            Log.Held(logger, row.PartitionKey, row.RowKey, owner, previous, until);
            return new LeaseResult.HeldByOther(until);
        }

        row.State = AssetState.Downloading;
        row.Attempts = attempt;
        row.NextAttemptAt = null;
        row.LeaseOwner = owner;
        row.LeaseExpiresAt = now + _time;
        row.Starts++;
        row.UpdatedAt = now;
        if (await events.UpdateAsync(row, cancellationToken) != WriteResult.Written)
        {
            Log.RowChanged(logger, row.PartitionKey, row.RowKey, owner);
            return new LeaseResult.RowChanged();
        }

        if (previous is not null)
        {
            Log.TakenOver(logger, row.PartitionKey, row.RowKey, owner, previous);
        }

        return new LeaseResult.Acquired(new AssetLease(events, row, owner, clock, _time, logger));
    }

    /// <summary>
    /// Releases a lease that a delivery held when its process ended, if a later delivery of the same message is known. The count of starts stays.
    /// Without this, the follow-up message would wait until the lease expires.
    /// </summary>
    public async Task ReleaseEarlierAsync(AssetRow row, MessageDelivery delivery, CancellationToken cancellationToken)
    {
        if (row.LeaseOwner is { } earlier && HasLostLock(earlier, delivery))
        {
            row.LeaseOwner = null;
            row.LeaseExpiresAt = null;
            row.UpdatedAt = clock.GetUtcNow();
            await events.UpdateAsync(row, cancellationToken);
        }
    }

    private bool HasLostLock(string owner, MessageDelivery delivery) => delivery.IsOrFollows(owner) || redeliveries.Supersede(owner);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}, {Asset}: {Owner} cannot acquire the lease; {Holder} holds it until {Until}")]
        public static partial void Held(ILogger logger, string @event, string asset, string owner, string holder, DateTimeOffset until);

        [LoggerMessage(2, LogLevel.Debug, "Event {Event}, {Asset}: {Owner} cannot acquire the lease; the row was changed since it was read")]
        public static partial void RowChanged(ILogger logger, string @event, string asset, string owner);

        [LoggerMessage(3, LogLevel.Debug, "Event {Event}, {Asset}: {Owner} took the lease over from {Previous}")]
        public static partial void TakenOver(ILogger logger, string @event, string asset, string owner, string previous);
    }
}
