using Microsoft.Extensions.Logging;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Downloading.Leases;

/// <summary>
/// Lease on an asset that consists of an owner and an expiry on the asset's row, renewed while the work runs. While it is held, only this object
/// changes the row, by ETag. A change by another worker means that the lease was taken over.
/// </summary>
public sealed partial class AssetLease : IAsyncDisposable
{
    private readonly EventStore _events;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _released = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly Task _renewing;

    internal AssetLease(EventStore events, AssetRow row, string owner, TimeProvider clock, TimeSpan time, ILogger logger)
    {
        (_events, Row, Owner, _clock, _time, _logger) = (events, row, owner, clock, time, logger);
        _renewing = RenewAsync();
    }

    /// <summary>The row as last written, with the changes staged since.</summary>
    public AssetRow Row { get; }

    /// <summary>The delivery that holds the lease: <c>{sequence number}:{delivery count}:{lock token}</c>.</summary>
    public string Owner { get; }

    /// <summary>Cancelled when the lease is lost.</summary>
    public CancellationToken LeaseLost => _lost.Token;

    /// <summary>Changes the row in memory; the next write stores the change.</summary>
    public async Task StageChangeAsync(Action<AssetRow> change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        change(Row);
        _turn.Release();
    }

    /// <summary>Changes and writes the row. Returns false if the lease is lost.</summary>
    public Task<bool> TryChangeAsync(Action<AssetRow> change, CancellationToken cancellationToken) =>
        TryWriteAsync(change, row => _events.UpdateAsync(row, cancellationToken), cancellationToken);

    /// <summary>
    /// Releases the lease in the last change of the row, which <paramref name="write"/> stores. It also resets the count of starts, because the
    /// process has survived this one. Returns false if the lease was lost before.
    /// </summary>
    public async Task<bool> ReleaseAsync(Action<AssetRow> change, Func<AssetRow, Task<WriteResult>> write, CancellationToken cancellationToken)
    {
        await _released.CancelAsync();
        await _renewing;
        return await TryWriteAsync(
            row =>
            {
                Release(row);
                change(row);
            },
            write,
            cancellationToken);
    }

    /// <summary>
    /// Releases the lease of an aborted attempt, on the row as it is in the table. The row in memory may contain half of a final change that could
    /// not be written.
    /// </summary>
    public async Task AbandonAsync(CancellationToken cancellationToken)
    {
        await _released.CancelAsync();
        await _renewing;
        if (await _events.FindAssetAsync(Row.PartitionKey, Row.RowKey, cancellationToken) is { } current && current.LeaseOwner == Owner)
        {
            Release(current);
            await _events.UpdateAsync(current, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync();
        await _renewing;
        _released.Dispose();
        _lost.Dispose();
        _turn.Dispose();
    }

    private void Release(AssetRow row)
    {
        row.LeaseOwner = null;
        row.LeaseExpiresAt = null;
        row.Starts = 0;
        row.UpdatedAt = _clock.GetUtcNow();
    }

    private async Task<bool> TryWriteAsync(Action<AssetRow> change, Func<AssetRow, Task<WriteResult>> write, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            while (!_lost.IsCancellationRequested)
            {
                change(Row);
                if (await write(Row) == WriteResult.Written)
                {
                    return true;
                }

                // If the response was lost the write may have succeeded: the lease is lost only if the row names another owner.
                var current = await _events.FindAssetAsync(Row.PartitionKey, Row.RowKey, cancellationToken);
                if (current?.LeaseOwner != Owner)
                {
                    Log.Lost(_logger, Row.PartitionKey, Row.RowKey, Owner, current?.LeaseOwner);
                    await _lost.CancelAsync();
                    return false;
                }

                Row.ETag = current.ETag;
            }

            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    // Renews the lease until it is released or lost. Never throws.
    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(_time / 3, _clock);
        var until = Row.LeaseExpiresAt;
        try
        {
            while (!_lost.IsCancellationRequested && await timer.WaitForNextTickAsync(_released.Token))
            {
                try
                {
                    // Not cancelled: a cancelled write may or may not have changed the row.
                    await TryChangeAsync(row => row.LeaseExpiresAt = _clock.GetUtcNow() + _time, CancellationToken.None);
                    until = Row.LeaseExpiresAt;
                }
                catch (Exception exception)
                {
                    // Storage or its authentication is unavailable. The next renewal may succeed before the lease expires.
                    Log.NotRenewed(_logger, Row.PartitionKey, Row.RowKey, Owner, until, LoggedException.From(exception));
                    if (_clock.GetUtcNow() >= until)
                    {
                        await _lost.CancelAsync();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The lease was released.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4, LogLevel.Debug, "Event {Event}, {Asset}: {Owner} lost the lease; the row now names {Holder}")]
        public static partial void Lost(ILogger logger, string @event, string asset, string owner, string? holder);

        [LoggerMessage(5, LogLevel.Debug, "Event {Event}, {Asset}: {Owner} could not renew the lease, which expires at {Until}")]
        public static partial void NotRenewed(
            ILogger logger, string @event, string asset, string owner, DateTimeOffset? until, LoggedException exception);
    }
}
