using System.Buffers.Binary;

namespace EmbeddedServiceBus.Amqp.Transport;

/// <summary>Editor of flow frames (OASIS AMQP 1.0, part 2 section 2.7.4), which runs before the library reads them.</summary>
/// <remarks>
/// The library computes the free space in the client's session as next-incoming-id + incoming-window − next-outgoing-id, in 32 bits. It raises its
/// own next-outgoing-id only after it wrote a transfer. The Azure SDK for .NET sends the maximum window, 2³² − 1. If a flow counts a transfer
/// which the library does not count yet, the sum overflows to 0. The session then sends nothing until another flow arrives. None arrives while the
/// client waits for the messages that its credit allows.
/// </remarks>
internal static class FlowFrame
{
    /// <summary>How much of a frame must be read for <see cref="LowerWindow"/>, unless the frame is shorter.</summary>
    public const int PrefixBytes = FrameHeaderBytes + MaxDescriptorBytes + MaxListHeaderBytes + MaxUintBytes + MaxUintBytes;

    private const int FrameHeaderBytes = 8;
    private const int MaxDescriptorBytes = 10;
    private const int MaxListHeaderBytes = 9;
    private const int MaxUintBytes = 5;

    /// <summary>In units of four bytes.</summary>
    private const byte HeaderWords = FrameHeaderBytes / 4;

    private const byte AmqpFrame = 0;
    private const byte FlowCode = 0x13;
    private const byte Described = 0x00;
    private const byte SmallUlong = 0x53;
    private const byte Ulong = 0x80;
    private const byte SmallList = 0xC0;
    private const byte List = 0xD0;
    private const byte Null = 0x40;
    private const byte ZeroUint = 0x43;
    private const byte SmallUint = 0x52;
    private const byte Uint = 0x70;

    /// <summary>Lowers the window of a flow to 2³¹ − 1, which has the same effect for the client. Leaves every other frame as it is.</summary>
    /// <param name="frame">The beginning of a frame, including its header.</param>
    public static void LowerWindow(Span<byte> frame)
    {
        if (frame.Length < FrameHeaderBytes || frame[4] != HeaderWords || frame[5] != AmqpFrame)
            return;
        var fields = Fields(frame[FrameHeaderBytes..]);
        if (fields.IsEmpty)
            return;

        var nextIncomingIdBytes = fields[0] switch
        {
            Null or ZeroUint => 1,
            SmallUint => 2,
            Uint => 5,
            _ => fields.Length,
        };
        var window = fields[Math.Min(nextIncomingIdBytes, fields.Length)..];
        if (window.Length >= MaxUintBytes && window[0] == Uint && window[1] > sbyte.MaxValue)
            BinaryPrimitives.WriteInt32BigEndian(window[1..], int.MaxValue);
    }

    /// <returns>The fields of a flow; empty for any other performative.</returns>
    private static Span<byte> Fields(Span<byte> body)
    {
        var list = body switch
        {
            [Described, SmallUlong, FlowCode, ..] => body[3..],
            [Described, Ulong, 0, 0, 0, 0, 0, 0, 0, FlowCode, ..] => body[MaxDescriptorBytes..],
            _ => [],
        };
        return list switch
        {
            [SmallList, _, _, .. var fields] => fields,
            [List, _, _, _, _, _, _, _, _, .. var fields] => fields,
            _ => [],
        };
    }
}
