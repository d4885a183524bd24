using System.Buffers;

namespace WebhookFunctions.Downloading.Blobs;

/// <summary>
/// Pool of block buffers that keeps no more buffers than were in use at once. <see cref="ArrayPool{T}.Shared"/> also keeps one for each thread. Any
/// thread may return a block, so its memory grew with the number of threads.
/// </summary>
public sealed class BlockBuffers
{
    // The maximum number of pooled buffers, more than any sensible setting uses. Further ones are left to the garbage collector.
    private const int MaxKept = 512;

    private const int LargestBlock = 128 * 1024 * 1024;

    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(LargestBlock, MaxKept);

    private int _rented;

    /// <summary>The number of buffers in use.</summary>
    public int Rented => Volatile.Read(ref _rented);

    /// <summary>Rents a buffer of at least <paramref name="bytes"/> bytes.</summary>
    public byte[] Rent(int bytes)
    {
        Interlocked.Increment(ref _rented);
        return Pool.Rent(bytes);
    }

    /// <summary>Returns a buffer to the pool.</summary>
    public void Return(byte[] buffer)
    {
        Pool.Return(buffer);
        Interlocked.Decrement(ref _rented);
    }
}
