using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Downloading;

/// <summary>
/// The right to work on an asset: a name and a time on its row, renewed while the work goes on. Every change of the row while it is held goes
/// through here, by ETag: a change by anybody else means that the claim was taken over.
/// </summary>
internal sealed class AssetLease : IAsyncDisposable
{
    private readonly EventStore _events;
    private readonly string _claimant;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _time;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _released = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly Task _renewing;

    private AssetLease(EventStore events, AssetRow row, string claimant, TimeProvider clock, TimeSpan time)
    {
        (_events, Row, _claimant, _clock, _time) = (events, row, claimant, clock, time);
        _renewing = RenewAsync();
    }

    /// <summary>The row as it was last written.</summary>
    public AssetRow Row { get; }

    /// <summary>Cancelled when another worker has the asset.</summary>
    public CancellationToken LeaseLost => _lost.Token;

    /// <summary>
    /// Takes the asset. An earlier delivery of the same message has lost its lock, or this one would not be here, so its claim is taken over at once.
    /// Anybody else's has to lapse first.
    /// </summary>
    /// <returns>The claim; or until when another's holds; or neither, where the row was changed in this moment.</returns>
    public static async Task<(AssetLease? Claim, DateTimeOffset? HeldUntil)> TryAcquireAsync(
        EventStore events, AssetRow row, MessageDelivery delivery, int attempt, TimeSpan time, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (row is { ClaimedBy: { } holder, ClaimedUntil: { } until } && until > now && !delivery.IsOfSameMessage(holder))
        {
            return (null, until);
        }

        row.State = AssetState.Downloading;
        row.Attempts = attempt;
        row.NextAttemptAt = null;
        row.ClaimedBy = delivery.LeaseOwner;
        row.ClaimedUntil = now + time;
        row.UpdatedAt = now;
        return await events.TryUpdateAsync(row, cancellationToken) ? (new AssetLease(events, row, delivery.LeaseOwner, clock, time), null) : (null, null);
    }

    /// <summary>Changes the row as it is held here; it is written with the next change.</summary>
    public async Task StageChangeAsync(Action<AssetRow> change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        change(Row);
        _turn.Release();
    }

    /// <summary>Changes the row; false where the claim is lost.</summary>
    public Task<bool> TryChangeAsync(Action<AssetRow> change, CancellationToken cancellationToken) =>
        TryWriteAsync(change, row => _events.TryUpdateAsync(row, cancellationToken), cancellationToken);

    /// <summary>Gives the claim up with the last change of the row, which <paramref name="write"/> writes; false where it was lost before.</summary>
    public async Task<bool> ReleaseAsync(Action<AssetRow> change, Func<AssetRow, Task<bool>> write, CancellationToken cancellationToken)
    {
        await _released.CancelAsync();
        await _renewing;
        return await TryWriteAsync(
            row =>
            {
                row.ClaimedBy = null;
                row.ClaimedUntil = null;
                row.UpdatedAt = _clock.GetUtcNow();
                change(row);
            },
            write,
            cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync();
        await _renewing;
        _released.Dispose();
        _lost.Dispose();
        _turn.Dispose();
    }

    private async Task<bool> TryWriteAsync(Action<AssetRow> change, Func<AssetRow, Task<bool>> write, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            while (!_lost.IsCancellationRequested)
            {
                change(Row);
                if (await write(Row))
                {
                    return true;
                }

                // An answer that got lost leaves the row changed by ourselves: only another's name on it means that the claim is lost.
                var current = await _events.FindAssetAsync(Row.PartitionKey, Row.RowKey, cancellationToken);
                if (current?.ClaimedBy != _claimant)
                {
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

    // Never throws.
    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(_time / 3, _clock);
        var until = Row.ClaimedUntil;
        try
        {
            while (!_lost.IsCancellationRequested && await timer.WaitForNextTickAsync(_released.Token))
            {
                try
                {
                    // Not cancelled: of a write that was, nobody knows whether it changed the row.
                    await TryChangeAsync(row => row.ClaimedUntil = _clock.GetUtcNow() + _time, CancellationToken.None);
                    until = Row.ClaimedUntil;
                }
                catch (Exception)
                {
                    // Storage, or the identity by which it is asked, is away: while the claim holds, the next turn may succeed.
                    if (_clock.GetUtcNow() >= until)
                    {
                        await _lost.CancelAsync();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Released.
        }
    }
}
