using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace WebhookFunctions.Downloading.Content;

/// <summary>Hasher that computes SHA-256 and MD5 of bytes as they pass. Blob Storage keeps the MD5 with the blob.</summary>
internal sealed class ContentDigest : IDisposable
{
    /// <summary>The number of bytes that are hashed at once: some 0.2 ms of MD5.</summary>
    public const int SliceBytes = 128 * 1024;

    // All downloads together queue no more slices than there are processors. Other work, such as a webhook, then waits behind these, and not behind
    // a slice of every download.
    private static readonly SemaphoreSlim Turns = new(Environment.ProcessorCount);

    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);

    private Task _md5Done = Task.CompletedTask;

    /// <summary>Appends at most <see cref="SliceBytes"/>.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> slice)
    {
        await AppendAsync(_sha256, slice);
        await AppendAsync(_md5, slice);
    }

    /// <summary>Appends at most <see cref="SliceBytes"/> to the SHA-256 only. <see cref="AppendMd5Async"/> appends them to the MD5.</summary>
    public ValueTask AppendSha256Async(ReadOnlyMemory<byte> slice) => AppendAsync(_sha256, slice);

    /// <summary>
    /// Appends bytes to the MD5, after all earlier ones, while the caller continues: it takes more than twice as long as the SHA-256. The task never
    /// fails. The bytes must not change until it has completed.
    /// </summary>
    public Task AppendMd5Async(ReadOnlyMemory<byte> bytes) => _md5Done = ContinueMd5Async(_md5Done, bytes);

    private async Task ContinueMd5Async(Task before, ReadOnlyMemory<byte> bytes)
    {
        await before;
        while (!bytes.IsEmpty)
        {
            var slice = bytes[..Math.Min(bytes.Length, SliceBytes)];
            await AppendAsync(_md5, slice);
            bytes = bytes[slice.Length..];
        }
    }

    /// <summary>Returns the hashes of all bytes. Each <see cref="AppendMd5Async"/> must have completed.</summary>
    public (string Sha256, byte[] Md5) Finish() => (Convert.ToHexStringLower(_sha256.GetHashAndReset()), _md5.GetHashAndReset());

    public void Dispose()
    {
        _sha256.Dispose();
        _md5.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask AppendAsync(IncrementalHash hash, ReadOnlyMemory<byte> slice)
    {
        await Turns.WaitAsync();
        try
        {
            // Yield to work that is already queued.
            await Task.Yield();
            hash.AppendData(slice.Span);
        }
        finally
        {
            Turns.Release();
        }
    }
}
