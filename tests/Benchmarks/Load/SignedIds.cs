using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Benchmarks.Load;

/// <summary>Unique webhook ids, each with a Standard Webhooks signature over the same body.</summary>
/// <remarks>
/// They are made before the run. Signing 64 KiB costs the load generator as much as verifying costs the server, so the run would measure the load
/// generator.
/// </remarks>
public sealed class SignedIds
{
    public const int IdLength = 24;
    public const int SignatureLength = 44;

    private const int EntryLength = IdLength + SignatureLength;
    private const string SecretPrefix = "whsec_";

    private readonly byte[] _entries;
    private int _used;

    /// <summary>Makes and signs the ids.</summary>
    /// <param name="secret">The secret as in the settings: <c>whsec_</c> and base64.</param>
    /// <param name="timestamp">The time that is signed, in Unix seconds.</param>
    /// <param name="body">The body of every webhook.</param>
    /// <param name="count">The number of ids.</param>
    public SignedIds(string secret, long timestamp, ReadOnlySpan<byte> body, int count)
    {
        _entries = new byte[(long)count * EntryLength];
        Timestamp = Encoding.ASCII.GetBytes($"{timestamp}");
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        byte[] point = [(byte)'.'];
        Span<byte> mac = stackalloc byte[32];
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Convert.FromBase64String(secret[SecretPrefix.Length..]));
        for (var i = 0; i < count; i++)
        {
            var entry = _entries.AsSpan(i * EntryLength, EntryLength);
            var id = entry[..IdLength];
            Encoding.ASCII.GetBytes($"msg_{run}{i:x8}", id);
            hmac.AppendData(id);
            hmac.AppendData(point);
            hmac.AppendData(Timestamp);
            hmac.AppendData(point);
            hmac.AppendData(body);
            hmac.GetHashAndReset(mac);
            Base64.EncodeToUtf8(mac, entry[IdLength..], out _, out _);
        }
    }

    /// <summary>Gets the signed time as the header has it: Unix seconds in ASCII.</summary>
    public byte[] Timestamp { get; }

    /// <summary>Writes the next id and its signature. Returns false when all ids are used up.</summary>
    public bool TryWriteNext(Span<byte> id, Span<byte> signature)
    {
        var index = Interlocked.Increment(ref _used) - 1;
        var offset = (long)index * EntryLength;
        if (offset >= _entries.Length)
        {
            return false;
        }

        var entry = _entries.AsSpan((int)offset, EntryLength);
        entry[..IdLength].CopyTo(id);
        entry[IdLength..].CopyTo(signature);
        return true;
    }
}
