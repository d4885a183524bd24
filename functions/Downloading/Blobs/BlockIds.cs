using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace WebhookFunctions.Downloading.Blobs;

/// <summary>A block as its id tells: where in the asset it begins and how long it is.</summary>
public readonly record struct StagedBlock(string Id, long Offset, int Length)
{
    public long End => Offset + Length;
}

/// <summary>
/// Ids of blocks, all of one length: a digest of the link and the source's validator, the offset and the length. A strong validator tells the versions
/// of one resource apart (RFC 9110, 8.8.1), so an id stands for certain bytes. Two workers that stage under one id stage the same bytes. Another
/// version of the asset has other ids, and so has an asset of the same name in another event of the job.
/// </summary>
public sealed class BlockIds
{
    private const int DigestLength = 8;
    private const int IdLength = DigestLength + sizeof(long) + sizeof(int);

    private readonly byte[] _digest;

    private BlockIds(byte[] digest) => _digest = digest;

    /// <summary>Ids for what the link leads to while it has that validator; without one, ids that no other attempt has.</summary>
    public static BlockIds For(string link, string? validator) => new(
        validator is null ? RandomNumberGenerator.GetBytes(DigestLength) : SHA256.HashData(Encoding.UTF8.GetBytes($"{link}\n{validator}"))[..DigestLength]);

    public StagedBlock Block(long offset, int length)
    {
        Span<byte> id = stackalloc byte[IdLength];
        _digest.CopyTo(id);
        BinaryPrimitives.WriteInt64BigEndian(id[DigestLength..], offset);
        BinaryPrimitives.WriteInt32BigEndian(id[(DigestLength + sizeof(long))..], length);
        return new StagedBlock(Convert.ToBase64String(id), offset, length);
    }

    /// <summary>
    /// The blocks of <paramref name="staged"/> (id and size) that follow one another from the asset's first byte. What lies behind a gap is left out.
    /// </summary>
    public IReadOnlyList<StagedBlock> Chain(IEnumerable<(string Id, long Size)> staged)
    {
        // Where two begin at one place, an attempt broke there and another continued: the longer one has more.
        var longest = new Dictionary<long, StagedBlock>();
        foreach (var (id, size) in staged)
        {
            if (TryRead(id) is { } block && block.Length == size && (!longest.TryGetValue(block.Offset, out var other) || other.Length < block.Length))
            {
                longest[block.Offset] = block;
            }
        }

        var chain = new List<StagedBlock>(longest.Count);
        for (long end = 0; longest.TryGetValue(end, out var next); end = next.End)
        {
            chain.Add(next);
        }

        return chain;
    }

    private StagedBlock? TryRead(string id)
    {
        Span<byte> bytes = stackalloc byte[IdLength];
        if (!Convert.TryFromBase64String(id, bytes, out var length) || length != IdLength || !bytes.StartsWith(_digest))
        {
            return null;
        }

        var blockLength = BinaryPrimitives.ReadInt32BigEndian(bytes[(DigestLength + sizeof(long))..]);
        return blockLength > 0 ? new StagedBlock(id, BinaryPrimitives.ReadInt64BigEndian(bytes[DigestLength..]), blockLength) : null;
    }
}
