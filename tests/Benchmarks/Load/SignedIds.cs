using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Benchmarks.Load;

/// <summary>
/// Webhook ids, each its own, with a Standard Webhooks signature for each over one body. They are made before the run: signing 64 KiB costs the load's
/// core as much as verifying costs the server's, and the load would be what is measured.
/// </summary>
public sealed class SignedIds
{
    public const int IdLength = 24;
    public const int SignatureLength = 44;

    private const int EntryLength = IdLength + SignatureLength;
    private const string SecretPrefix = "whsec_";

    private readonly byte[] _entries;
    private int _taken;

    /// <param name="secret">As it stands in the settings: <c>whsec_</c> and base64.</param>
    /// <param name="timestamp">The time that is signed, Unix seconds.</param>
    /// <param name="body">The body.</param>
    /// <param name="count">How many there are to be.</param>
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

    /// <summary>The time that was signed, as the header has it.</summary>
    public byte[] Timestamp { get; }

    /// <summary>The next id with its signature; false when all are used up.</summary>
    public bool TryTake(Span<byte> id, Span<byte> signature)
    {
        var index = Interlocked.Increment(ref _taken) - 1;
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
