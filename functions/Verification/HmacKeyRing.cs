using System.Security.Cryptography;
using Microsoft.Extensions.ObjectPool;

namespace WebhookFunctions.Verification;

/// <summary>
/// Key ring that computes HMAC-SHA256 under one or more keys; during a rotation the old and the new one are both valid. Thread-safe.
/// </summary>
/// <remarks>
/// Keyed hash objects are reused, because creating one costs as much as hashing a small body. The body is hashed in place, so a request allocates
/// the same whatever its size.
/// </remarks>
public sealed class HmacKeyRing
{
    /// <summary>The maximum number of keys. Each of them costs a pass over the body of every request, including forged ones.</summary>
    public const int MaxKeys = 8;

    private readonly ObjectPool<IncrementalHash>[] _keys;

    /// <param name="keys">The keys, 1 to <see cref="MaxKeys"/> of them. The arrays are not copied.</param>
    public HmacKeyRing(IReadOnlyList<byte[]> keys)
    {
        ArgumentOutOfRangeException.ThrowIfZero(keys.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, MaxKeys);
        var pools = new DefaultObjectPoolProvider();
        _keys = [.. keys.Select(key => pools.Create(new KeyedHashes(key)))];
    }

    /// <summary>The number of keys.</summary>
    public int Count => _keys.Length;

    /// <summary>Writes the 32 bytes of the HMAC of <paramref name="prefix"/> followed by <paramref name="body"/>, under one key.</summary>
    public void Sign(int key, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, Span<byte> mac)
    {
        var hash = _keys[key].Get();
        hash.AppendData(prefix);
        hash.AppendData(body);
        hash.GetHashAndReset(mac);
        // Not in a finally block: a hash object that failed half-way still holds earlier input and must not be reused.
        _keys[key].Return(hash);
    }

    private sealed class KeyedHashes(byte[] key) : PooledObjectPolicy<IncrementalHash>
    {
        public override IncrementalHash Create() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

        public override bool Return(IncrementalHash obj) => true;
    }
}
