using Microsoft.Extensions.Options;

namespace WebhookFunctions.Receiving;

/// <summary>
/// The bound on what all bodies under way hold together, beyond the first <see cref="FreeBytes"/> of each: senders that stop before the end of large
/// bodies would fill the process otherwise. Safe for use by many requests at once.
/// </summary>
public sealed class BodyMemory(IOptions<ReceiveOptions> options)
{
    /// <summary>What every body gets without asking. Documented events have a few KiB: they are served whatever large bodies hold.</summary>
    public const int FreeBytes = 64 * 1024;

    // Two bodies of the greatest length at least, or none would ever fit.
    private readonly long _limit = Math.Max(options.Value.MaxBufferedBytes, 2L * ReceivedBody.CapacityFor(options.Value.MaxBodyBytes));

    private long _taken;

    /// <summary>How much is taken, in bytes.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes <paramref name="bytes"/> where that many are left; otherwise takes nothing.</summary>
    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= _limit)
        {
            return true;
        }

        Give(bytes);
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    public void Give(int bytes) => Interlocked.Add(ref _taken, -bytes);
}
