using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace WebhookFunctions.Downloading.Content;

/// <summary>SHA-256 and MD5 of bytes as they pass. MD5 because it is what Blob Storage keeps of a blob.</summary>
internal sealed class ContentDigest : IDisposable
{
    /// <summary>As much as is hashed in one go: some 0.2 ms of MD5.</summary>
    public const int SliceBytes = 128 * 1024;

    // All downloads together queue no more slices than there are processors. Other work that waits for a thread, such as a webhook, then waits for
    // these and not for a slice of every download.
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

    /// <summary>Of at most <see cref="SliceBytes"/>, whose MD5 is computed apart, by <see cref="AppendMd5Async"/>.</summary>
    public ValueTask AppendSha256Async(ReadOnlyMemory<byte> slice) => AppendAsync(_sha256, slice);

    /// <summary>
    /// Computes the MD5 of bytes behind those before them, while the caller continues: it takes more than twice as long as the SHA-256. The task never
    /// fails; until it has ended, the bytes must stay as they are.
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

    /// <summary>The hashes of all bytes, once each <see cref="AppendMd5Async"/> has ended.</summary>
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
            // Behind what waits for a thread by now.
            await Task.Yield();
            hash.AppendData(slice.Span);
        }
        finally
        {
            Turns.Release();
        }
    }
}
