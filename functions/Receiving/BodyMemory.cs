using Microsoft.Extensions.Options;

namespace WebhookFunctions.Receiving;

/// <summary>
/// Limit on the memory that all request bodies hold together, beyond the first <see cref="FreeBytes"/> of each. Without it, senders that stop in the
/// middle of large bodies would fill the process. Thread-safe.
/// </summary>
public sealed class BodyMemory(IOptions<ReceiveOptions> options)
{
    /// <summary>The bytes that every body gets without a reservation. Documented events have a few KiB, so they are accepted however much memory
    /// large bodies hold.</summary>
    public const int FreeBytes = 64 * 1024;

    // At least two bodies of the maximum length fit; with less, one of that length might never fit.
    private readonly long _limit = Math.Max(options.Value.MaxBufferedBytes, 2L * ReceivedBody.CapacityFor(options.Value.MaxBodyBytes));

    private long _reserved;

    /// <summary>The number of reserved bytes.</summary>
    public long Reserved => Interlocked.Read(ref _reserved);

    /// <summary>Reserves <paramref name="bytes"/> if that many are left; otherwise reserves nothing and returns false.</summary>
    public bool TryReserve(int bytes)
    {
        if (Interlocked.Add(ref _reserved, bytes) <= _limit)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    /// <summary>Releases a reservation.</summary>
    public void Release(int bytes) => Interlocked.Add(ref _reserved, -bytes);
}
