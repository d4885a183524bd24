using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EmbeddedServiceBus;

/// <summary>
/// Lock tokens of 8 random bytes and the message's sequence number. Settling needs no index by token, and the token of an earlier lock on the same
/// message is recognized.
/// </summary>
internal static class LockToken
{
    public static Guid Create(long sequence)
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes[..8]);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], sequence);
        return new Guid(bytes);
    }

    /// <returns>The sequence number; for a token that this broker did not create, any number.</returns>
    public static long SequenceOf(Guid token)
    {
        Span<byte> bytes = stackalloc byte[16];
        token.TryWriteBytes(bytes);
        return BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
    }
}
