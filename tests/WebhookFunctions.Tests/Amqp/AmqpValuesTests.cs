using Amqp;
using Amqp.Types;
using CsCheck;
using EmbeddedServiceBus.Amqp.Messages;
using WebhookFunctions.Tests.Broker;

namespace WebhookFunctions.Tests.Amqp;

public sealed class AmqpValuesTests
{
    [Fact]
    public void Every_type_of_property_survives_encoding_and_decoding()
    {
        ApplicationPropertyGen.Value.Sample(value => Assert.Equal(ToWirePrecision(value), OverTheWire(value)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0.0")]
    [InlineData("1.10")]
    [InlineData("-79228162514264337593543950335")]
    [InlineData("0.0000000000000000000000000001")]
    public void A_decimal_keeps_its_sign_and_scale(string text)
    {
        var value = decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(decimal.GetBits(value), decimal.GetBits((decimal)OverTheWire(value)!));
    }

    // IEEE 754-2008, 3.5.2, binary encoding: sign, 14 bits of exponent, 113 bits of digits.
    [Theory]
    [InlineData("30420000000000000000000000000001", "10")] // 1E1
    [InlineData("305C0000000000000000000000000007", "700000000000000")] // 7E14
    [InlineData("78000000000000000000000000000000", null)] // Infinity
    [InlineData("7C000000000000000000000000000000", null)] // not a number
    [InlineData("30400001000000000000000000000000", null)] // more than 96 bits of digits
    [InlineData("30060000000000000000000000000001", null)] // 1E-29
    [InlineData("307C0000000000000000000000000001", null)] // 1E30
    [InlineData("3040", null)] // decimal32 and decimal64 are shorter
    public void A_decimal_of_another_vendor_is_read_if_a_NET_decimal_can_represent_it(string hex, string? expected)
    {
        Assert.Equal(
            expected is null ? null : decimal.Parse(expected, System.Globalization.CultureInfo.InvariantCulture),
            Decimal128.Read(Convert.FromHexString(hex)));
    }

    // Written by Microsoft.Azure.Amqp 2.7.3: its first byte is 0C where IEEE 754 has 30.
    [Theory]
    [InlineData("0C400000000000000000000000000000", "0")]
    [InlineData("0C400000000000000000000000000001", "1")]
    [InlineData("8C400000000000000000000000000001", "-1")]
    [InlineData("0C3C000000000000000000000000006E", "1.10")]
    [InlineData("0C400000FFFFFFFFFFFFFFFFFFFFFFFF", "79228162514264337593543950335")]
    [InlineData("8C400000FFFFFFFFFFFFFFFFFFFFFFFF", "-79228162514264337593543950335")]
    [InlineData("0C080000000000000000000000000001", "0.0000000000000000000000000001")]
    public void A_decimal_of_the_NET_SDK_is_read_with_its_sign_and_scale(string hex, string expected)
    {
        var value = decimal.Parse(expected, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(decimal.GetBits(value), decimal.GetBits(Decimal128.Read(Convert.FromHexString(hex))!.Value));
    }

    // IEEE 754-2008, as above, because other clients read no other format.
    [Theory]
    [InlineData("1", "30400000000000000000000000000001")]
    [InlineData("-1.10", "B03C000000000000000000000000006E")]
    [InlineData("0.0000000000000000000000000001", "30080000000000000000000000000001")]
    public void A_decimal_is_written_in_the_format_of_IEEE_754(string text, string hex)
    {
        Assert.Equal(hex, Convert.ToHexString(Decimal128.Write(decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture))));
    }

    public static TheoryData<object> Unsupported { get; } =
        [new List { 1 }, new Map { ["a"] = 1 }, new[] { 1, 2 }, new DescribedValue(new Symbol("x"), 1)];

    [Theory]
    [MemberData(nameof(Unsupported), DisableDiscoveryEnumeration = true)]
    public void A_property_of_a_type_that_Service_Bus_lacks_is_refused(object value)
    {
        Assert.Throws<ArgumentException>(() => AmqpValues.FromAmqp("name", value));
    }

    private static object? OverTheWire(object? value)
    {
        var buffer = new ByteBuffer(64, autoGrow: true);
        Encoder.WriteObject(buffer, AmqpValues.ToAmqp(value));
        return AmqpValues.FromAmqp("name", Encoder.ReadObject(buffer));
    }

    /// <summary>Converts a value to the precision of AMQP, whose instants have milliseconds and no offset.</summary>
    private static object? ToWirePrecision(object? value) => value switch
    {
        DateTime instant => Encoder.TimestampToDateTime(Encoder.DateTimeToTimestamp(instant)),
        DateTimeOffset instant => instant.ToUniversalTime(),
        _ => value,
    };
}
