using System.Buffers;

namespace WebhookFunctions.Downloading.Blobs;

/// <summary>
/// The buffers that blocks are read into. A separate pool, which keeps no more buffers than were in use at once. <see cref="ArrayPool{T}.Shared"/>
/// also keeps one for each thread. A block is returned by whichever thread has staged it, so memory grew with the number of threads.
/// </summary>
public sealed class BlockBuffers
{
    // Above what any sound setting has in use; beyond it, buffers are left to the garbage collector.
    private const int MostKept = 512;

    private const int LargestBlock = 128 * 1024 * 1024;

    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(LargestBlock, MostKept);

    private int _rented;

    /// <summary>How many buffers are in use.</summary>
    public int Rented => Volatile.Read(ref _rented);

    /// <summary>Lends a buffer of at least <paramref name="bytes"/>.</summary>
    public byte[] Rent(int bytes)
    {
        Interlocked.Increment(ref _rented);
        return Pool.Rent(bytes);
    }

    /// <summary>Takes a buffer back.</summary>
    public void Return(byte[] buffer)
    {
        Pool.Return(buffer);
        Interlocked.Decrement(ref _rented);
    }
}
