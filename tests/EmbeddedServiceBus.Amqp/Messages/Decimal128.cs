using System.Buffers.Binary;

namespace EmbeddedServiceBus.Amqp.Messages;

/// <summary>Converter of a .NET decimal to IEEE 754 decimal128 with a binary integer for its digits, which is AMQP's format.</summary>
internal static class Decimal128
{
    private const int Bytes = 16;
    private const int ExponentBias = 6176;
    private const int MaxScale = 28;

    /// <summary>The sign, the exponent and the upper digits share the first 64 bits: 1, 14 and 49 of them.</summary>
    private const int DigitBitsAbove = 49;

    /// <summary>
    /// The first byte of every positive .NET decimal, and the byte that Microsoft.Azure.Amqp writes instead, which loses two bits of the exponent.
    /// No .NET decimal has an exponent that begins with the latter, so the two can be distinguished.
    /// </summary>
    private const byte FirstByte = 0x30;

    private const byte MicrosoftFirstByte = 0x0C;

    private const ulong DigitMask = (1UL << DigitBitsAbove) - 1;
    private const ulong SignBit = 1UL << 63;

    /// <summary>A .NET decimal has 96 bits of digits.</summary>
    private static readonly UInt128 TooManyDigits = UInt128.One << 96;

    public static byte[] Write(decimal value)
    {
        Span<int> words = stackalloc int[4];
        decimal.GetBits(value, words);
        var exponent = (ulong)(ExponentBias - value.Scale);
        var bytes = new byte[Bytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (decimal.IsNegative(value) ? SignBit : 0) | (exponent << DigitBitsAbove) | (uint)words[2]);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), ((ulong)(uint)words[1] << 32) | (uint)words[0]);
        return bytes;
    }

    /// <summary>Reads both the IEEE 754 format and the form that the Azure SDKs for .NET write.</summary>
    /// <returns>Null for a value that a .NET decimal cannot represent.</returns>
    public static decimal? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes)
            return null;

        var upper = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        if ((bytes[0] & 0x7F) == MicrosoftFirstByte)
            upper ^= (ulong)(FirstByte ^ MicrosoftFirstByte) << 56;
        var digits = new UInt128(upper & DigitMask, BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        var exponent = (int)((upper & ~SignBit) >> DigitBitsAbove) - ExponentBias;
        // Infinities and NaN have an exponent far beyond these.
        for (; exponent is > 0 and <= MaxScale && digits < TooManyDigits; exponent--)
            digits *= 10;
        if (exponent is > 0 or < -MaxScale || digits >= TooManyDigits)
            return null;

        return new decimal((int)(uint)digits, (int)(uint)(digits >> 32), (int)(uint)(digits >> 64), (upper & SignBit) != 0, (byte)-exponent);
    }
}
