using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading;

/// <summary>Admission of assets to the download slots that has what finds none wait, and lets an invocation take over what waits.</summary>
public sealed class AssetAdmission(DownloadLimiter limiter, AssetWaiting waiting, TimeProvider clock)
{
    /// <summary>How old an invocation may be that begins another download. That one may last for <see cref="AssetOptions.RunTime"/> too.</summary>
    public static readonly TimeSpan TakeoverTime = TimeSpan.FromMinutes(4);

    /// <summary>Runs <paramref name="work"/> with a slot, or has the asset wait for one. Returns the settlement of the message.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="delivery">Which delivery of its message this is.</param>
    /// <param name="work">What the slot is for.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable, and nothing was sent.</exception>
    public async Task<Settlement> AdmitAsync(
        AssetMessage message, MessageDelivery delivery, Func<Task<Settlement>> work, CancellationToken cancellationToken)
    {
        using var slot = limiter.TryEnter(message);
        return slot is null ? await waiting.WaitForSlotAsync(message, delivery, cancellationToken) : await work();
    }

    /// <summary>
    /// Takes over waiting downloads, one after the other, in an invocation whose own message is settled. Ends when none waits or none may run, when the
    /// invocation is too old to begin another, or with the first that was left to its scheduled message.
    /// </summary>
    /// <param name="started">When the invocation began, as <see cref="TimeProvider.GetTimestamp"/> says it.</param>
    /// <param name="work">Works on one of them. Returns false if it was left to its scheduled message, because storage or the broker is unavailable.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
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
