using Amqp;
using Amqp.Framing;
using EmbeddedServiceBus.Amqp.Transport;

namespace WebhookFunctions.Tests.Amqp;

public sealed class FlowFrameTests
{
    // Frame header (size, offset, type, channel), descriptor, list header, next-incoming-id, incoming-window, …
    private const string Header = "0000002002000001";
    private const string Descriptor = "005313";

    public static TheoryData<string, string> Flows { get; } = new()
    {
        // The maximum window, after a next-incoming-id in each of its encodings.
        { $"{Header}{Descriptor}C0140B" + "7000000005" + "70FFFFFFFF" + "43", $"{Header}{Descriptor}C0140B" + "7000000005" + "707FFFFFFF" + "43" },
        { $"{Header}{Descriptor}C0140B" + "5205" + "70FFFFFFFF" + "43", $"{Header}{Descriptor}C0140B" + "5205" + "707FFFFFFF" + "43" },
        { $"{Header}{Descriptor}C0140B" + "43" + "70FFFFFFFF" + "43", $"{Header}{Descriptor}C0140B" + "43" + "707FFFFFFF" + "43" },
        { $"{Header}{Descriptor}C0140B" + "40" + "70FFFFFFFF" + "43", $"{Header}{Descriptor}C0140B" + "40" + "707FFFFFFF" + "43" },
        // The long forms of descriptor and list.
        {
            $"{Header}00800000000000000013D0000000140000000B" + "7000000005" + "70FFFFFFFF",
            $"{Header}00800000000000000013D0000000140000000B" + "7000000005" + "707FFFFFFF"
        },
        { $"{Header}{Descriptor}C0140B" + "5205" + "7080000000", $"{Header}{Descriptor}C0140B" + "5205" + "707FFFFFFF" },
    };

    [Theory]
    [MemberData(nameof(Flows))]
    public void A_window_above_the_maximum_signed_integer_is_lowered_to_it(string frame, string expected)
    {
        Assert.Equal(expected, Lowered(frame));
    }

    [Theory]
    [InlineData(Header + Descriptor + "C0140B" + "5205" + "707FFFFFFF")] // the maximum that is allowed
    [InlineData(Header + Descriptor + "C0140B" + "5205" + "7000000800")] // 2,048
    [InlineData(Header + Descriptor + "C0140B" + "5205" + "52FF" + "70FFFFFFFF")] // 255, followed by another field
    [InlineData(Header + Descriptor + "C0140B" + "70FFFFFFFF" + "52FF" + "43")] // only the next-incoming-id is large
    [InlineData(Header + "005314" + "C0140B" + "5205" + "70FFFFFFFF")] // a transfer
    [InlineData(Header + "00800000000000001313" + "C0140B" + "5205" + "70FFFFFFFF")] // another descriptor
    [InlineData("0000002002010001" + Descriptor + "C0140B" + "5205" + "70FFFFFFFF")] // SASL
    [InlineData("0000002003000001" + "00000000" + Descriptor + "C0140B" + "5205" + "70FFFFFFFF")] // an extended header
    [InlineData(Header + Descriptor + "45")] // no fields
    [InlineData(Header + Descriptor + "C0140B" + "5205" + "70FFFFFF")] // cut off
    [InlineData(Header + Descriptor + "C0140B" + "70000000")]
    [InlineData(Header + Descriptor + "C014")]
    [InlineData(Header + Descriptor + "C0140B" + "A1")] // a next-incoming-id that is a text
    [InlineData(Header)] // a heartbeat
    [InlineData("00000008")]
    [InlineData("")]
    public void Every_other_frame_is_left_as_it_is(string frame)
    {
        Assert.Equal(frame, Lowered(frame));
    }

    [Fact]
    public void The_prefix_holds_the_window_of_a_flow_as_the_library_writes_it()
    {
        var body = new ByteBuffer(64, autoGrow: true);
        new Flow { NextIncomingId = uint.MaxValue, IncomingWindow = uint.MaxValue, NextOutgoingId = 1, OutgoingWindow = 1 }.Encode(body);
        var frame = new byte[8 + body.Length];
        Convert.FromHexString(Header).CopyTo(frame, 0);
        body.Buffer.AsSpan(body.Offset, body.Length).CopyTo(frame.AsSpan(8));

        FlowFrame.LowerWindow(frame.AsSpan(0, Math.Min(frame.Length, FlowFrame.PrefixBytes)));

        var read = Assert.IsType<Flow>(global::Amqp.Types.Encoder.ReadObject(new ByteBuffer(frame, 8, body.Length, body.Length)));
        Assert.Equal(uint.MaxValue, read.NextIncomingId);
        Assert.Equal((uint)int.MaxValue, read.IncomingWindow);
    }

    private static string Lowered(string frame)
    {
        var bytes = Convert.FromHexString(frame);
        FlowFrame.LowerWindow(bytes);
        return Convert.ToHexString(bytes);
    }
}
