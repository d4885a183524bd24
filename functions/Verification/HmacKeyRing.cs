using System.Security.Cryptography;
using Microsoft.Extensions.ObjectPool;

namespace WebhookFunctions.Verification;

/// <summary>
/// HMAC-SHA256 with one or more keys: during a rotation the old one and the new one both stand.
/// Safe for use by many requests at once.
/// </summary>
/// <remarks>
/// A keyed hash object is kept and used again, since setting one up costs as much as hashing a small body. The body is fed as it lies in memory,
/// so a request allocates the same whatever its size.
/// </remarks>
public sealed class HmacKeyRing
{
    /// <summary>The most keys that are taken: each of them costs a pass over the body of every request, a forged one's too.</summary>
    public const int MaxKeys = 8;

    private readonly ObjectPool<IncrementalHash>[] _keys;

    /// <param name="keys">The keys' bytes, 1 to <see cref="MaxKeys"/> of them. They stay in use.</param>
    public HmacKeyRing(IReadOnlyList<byte[]> keys)
    {
        ArgumentOutOfRangeException.ThrowIfZero(keys.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, MaxKeys);
        var pools = new DefaultObjectPoolProvider();
        _keys = [.. keys.Select(key => pools.Create(new KeyedHashes(key)))];
    }

    /// <summary>How many keys there are.</summary>
    public int Count => _keys.Length;

    /// <summary>Writes the 32 bytes of the HMAC of <paramref name="prefix"/> and <paramref name="body"/>, one after the other, under a key.</summary>
    public void Sign(int key, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, Span<byte> mac)
    {
        var hash = _keys[key].Get();
        hash.AppendData(prefix);
        hash.AppendData(body);
        hash.GetHashAndReset(mac);
        // Not in a finally: one that failed half-way still holds what it was fed, and must not be used again.
        _keys[key].Return(hash);
    }

    private sealed class KeyedHashes(byte[] key) : PooledObjectPolicy<IncrementalHash>
    {
        public override IncrementalHash Create() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

        public override bool Return(IncrementalHash obj) => true;
    }
}
