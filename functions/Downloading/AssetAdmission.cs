using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Admission control that gives an asset a download slot or puts it into the waiting line. After its own message, an invocation downloads waiting
/// assets.
/// </summary>
public sealed class AssetAdmission(DownloadLimiter limiter, AssetWaiting waiting, TimeProvider clock)
{
    /// <summary>The age up to which an invocation may begin another download. That download may take <see cref="AssetOptions.RunTime"/>
    /// too.</summary>
    public static readonly TimeSpan TakeoverTime = TimeSpan.FromMinutes(4);

    /// <summary>Runs <paramref name="work"/> with a slot, or puts the asset into the waiting line. Returns the settlement of the message.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="work">The work that needs the slot.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable, and nothing was sent.</exception>
    public async Task<Settlement> AdmitAsync(AssetMessage message, Func<Task<Settlement>> work, CancellationToken cancellationToken)
    {
        using var slot = limiter.TryEnter(message);
        return slot is null ? await waiting.WaitForSlotAsync(message, cancellationToken) : await work();
    }

    /// <summary>
    /// Takes waiting downloads out of the line, one after the other, in an invocation whose own work is done. Ends when none is waiting or none
    /// may run, when the invocation is too old to begin another, or when <paramref name="work"/> returns false.
    /// </summary>
    /// <param name="started">The timestamp at which the invocation began, from <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="work">Works on one of them. Returns false if it was left to its scheduled message, because storage or the broker is unavailable.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task TakeOverAsync(long started, Func<WaitingDownload, Task<bool>> work, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested
            && clock.GetElapsedTime(started) < TakeoverTime
            && limiter.TryTakeNext(out var next, out var slot))
        {
            using (slot)
            {
                if (!await work(next))
                {
                    return;
                }
            }
        }
    }
}
