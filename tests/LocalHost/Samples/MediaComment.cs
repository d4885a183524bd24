using System.Buffers.Binary;
using System.Text;

namespace LocalHost.Samples;

/// <summary>Writer of comments into media files, by each format's own means, so that the files still play.</summary>
internal static class MediaComment
{
    /// <summary>Appends a box <c>free</c> (ISO/IEC 14496-12, 8.1.2).</summary>
    public static byte[] AddToMp4(byte[] content, string comment)
    {
        var text = Encoding.UTF8.GetBytes(comment);
        return [.. content, .. UInt32(8 + text.Length), .. "free"u8, .. text];
    }

    /// <summary>Appends an element Void with a size of two bytes (RFC 8794, 11.3.2).</summary>
    public static byte[] AddToWebM(byte[] content, string comment)
    {
        var text = Encoding.UTF8.GetBytes(comment);
        return [.. content, 0xEC, (byte)(0x40 | (text.Length >> 8)), (byte)text.Length, .. text];
    }

    /// <summary>Adds an ID3v2.3 tag before the audio, with a frame TXXX. The tag's size has seven bits in each byte.</summary>
    public static byte[] AddToMp3(byte[] content, string comment)
    {
        byte[] value = [0, .. "comment"u8, 0, .. Encoding.Latin1.GetBytes(comment)];
        byte[] frame = [.. "TXXX"u8, .. UInt32(value.Length), 0, 0, .. value];
        return [.. "ID3"u8, 3, 0, 0, 0, 0, (byte)(frame.Length >> 7), (byte)(frame.Length & 0x7F), .. frame, .. content];
    }

    /// <summary>Adds a chunk <c>tEXt</c> before the last one, <c>IEND</c>, which has 12 bytes (PNG specification, 11.3.3).</summary>
    public static byte[] AddToPng(byte[] content, string comment)
    {
        const int EndBytes = 12;
        byte[] chunk = [.. "tEXtComment"u8, 0, .. Encoding.Latin1.GetBytes(comment)];
        return [.. content[..^EndBytes], .. UInt32(chunk.Length - 4), .. chunk, .. UInt32((int)PngChecksum(chunk)), .. content[^EndBytes..]];
    }

    /// <summary>Adds a segment COM after the start of the image (ITU-T T.81, B.2.4.5).</summary>
    public static byte[] AddToJpeg(byte[] content, string comment)
    {
        var text = Encoding.UTF8.GetBytes(comment);
        return [.. content[..2], 0xFF, 0xFE, .. UInt32(2 + text.Length)[2..], .. text, .. content[2..]];
    }

    /// <summary>Appends a chunk of an unknown name, which readers skip (RFC 9649, 2.7.1.6). Its length is even.</summary>
    public static byte[] AddToWebP(byte[] content, string comment)
    {
        var text = Encoding.UTF8.GetBytes(comment.Length % 2 == 0 ? comment : comment + " ");
        var size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, text.Length);
        byte[] all = [.. content, .. "NOTE"u8, .. size, .. text];
        BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(4), all.Length - 8);
        return all;
    }

    /// <summary>Returns the CRC-32 of a chunk's type and data, as PNG, Annex D defines it.</summary>
    internal static uint PngChecksum(ReadOnlySpan<byte> data)
    {
        var checksum = uint.MaxValue;
        foreach (var value in data)
        {
            checksum ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                checksum = (checksum & 1) == 0 ? checksum >> 1 : (checksum >> 1) ^ 0xEDB88320;
            }
        }

        return ~checksum;
    }

    private static byte[] UInt32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
