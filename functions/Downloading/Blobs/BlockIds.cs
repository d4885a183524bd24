using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace WebhookFunctions.Downloading.Blobs;

/// <summary>Staged block that is described by its id: where in the asset it begins, and how long it is.</summary>
public readonly record struct StagedBlock(string Id, long Offset, int Length)
{
    public long End => Offset + Length;
}

/// <summary>
/// Block ids of one length that contain a digest of the link and the source's validator, the offset and the length. A strong validator identifies
/// one version of a resource (RFC 9110, 8.8.1), so an id stands for certain bytes. Two workers that stage under one id stage the same bytes. Another
/// version of the asset, or an asset with the same name in another event of the job, has other ids.
/// </summary>
public sealed class BlockIds
{
    private const int DigestLength = 8;
    private const int IdLength = DigestLength + sizeof(long) + sizeof(int);

    private readonly byte[] _digest;

    private BlockIds(byte[] digest) => _digest = digest;

    /// <summary>Returns the ids for the content that the link has with that validator; without a validator, ids that no other attempt has.</summary>
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
    /// Returns the blocks of <paramref name="staged"/> (id and size) that follow one another without a gap from the asset's first byte.
    /// </summary>
    public IReadOnlyList<StagedBlock> Chain(IEnumerable<(string Id, long Size)> staged)
    {
        // Two blocks with one offset: an attempt was interrupted there and another continued. The longer one is used.
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
