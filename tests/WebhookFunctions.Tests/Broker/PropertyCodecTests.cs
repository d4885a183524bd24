using CsCheck;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Content;

namespace WebhookFunctions.Tests.Broker;

public sealed class PropertyCodecTests
{
    [Fact]
    public void Properties_are_returned_with_their_types_and_every_bit() =>
        ApplicationPropertyGen.Properties.Sample(properties =>
        {
            var decoded = PropertyCodec.Decode(PropertyCodec.Encode(properties));
            Assert.Equal(properties.Keys.Order(StringComparer.Ordinal), decoded.Keys.Order(StringComparer.Ordinal));
            foreach (var (name, value) in properties)
                AssertSame(value, decoded[name]);
        });

    [Fact]
    public void The_type_of_a_number_is_preserved_even_if_its_value_fits_a_smaller_one()
    {
        object[] ones = [true, (byte)1, (sbyte)1, (short)1, (ushort)1, 1, 1u, 1L, 1ul, 1f, 1d, 1.00m, '\u0001'];
        var properties = ones.ToDictionary(one => one.GetType().Name, object? (one) => one);

        var decoded = PropertyCodec.Decode(PropertyCodec.Encode(properties));

        Assert.All(ones, one => Assert.Equal(one.GetType(), decoded[one.GetType().Name]!.GetType()));
        Assert.Equal("1.00", ((decimal)decoded["Decimal"]!).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_property_of_an_unsupported_type_is_refused()
    {
        object[] strangers = [new object(), new[] { 1 }, DayOfWeek.Monday, new Version(1, 0), DateOnly.MinValue, new List<string>()];

        Assert.All(strangers, stranger =>
        {
            Assert.Throws<ArgumentException>(() => PropertyCodec.Encode(new Dictionary<string, object?> { ["a"] = stranger }));
            Assert.Throws<ArgumentException>(() => AmqpSize.Measure(new BrokerMessage { ApplicationProperties = new Dictionary<string, object?> { ["a"] = stranger } }));
        });
    }

    // Not a theory, because the runner's report cannot contain such text either.
    [Fact]
    public void Text_that_UTF_8_cannot_represent_is_refused_and_not_changed()
    {
        const string Half = "\ud83c";

        Assert.ThrowsAny<ArgumentException>(() => PropertyCodec.Encode(new Dictionary<string, object?> { ["a"] = Half }));
        Assert.ThrowsAny<ArgumentException>(() => PropertyCodec.Encode(new Dictionary<string, object?> { [Half] = 1 }));
        Assert.ThrowsAny<ArgumentException>(() => AmqpSize.Measure(new BrokerMessage { MessageId = Half }));
    }

    private static void AssertSame(object? expected, object? actual)
    {
        Assert.Equal(expected?.GetType(), actual?.GetType());
        switch (expected)
        {
            case float number:
                Assert.Equal(BitConverter.SingleToUInt32Bits(number), BitConverter.SingleToUInt32Bits((float)actual!));
                break;
            case double number:
                Assert.Equal(BitConverter.DoubleToUInt64Bits(number), BitConverter.DoubleToUInt64Bits((double)actual!));
                break;
            case decimal number:
                Assert.Equal(decimal.GetBits(number), decimal.GetBits((decimal)actual!));
                break;
            case DateTime instant:
                Assert.Equal((instant.Ticks, instant.Kind), (((DateTime)actual!).Ticks, ((DateTime)actual).Kind));
                break;
            case DateTimeOffset instant:
                Assert.True(instant.EqualsExact((DateTimeOffset)actual!));
                break;
            case Uri uri:
                Assert.Equal((uri.OriginalString, uri.IsAbsoluteUri), (((Uri)actual!).OriginalString, ((Uri)actual).IsAbsoluteUri));
                break;
            default:
                Assert.Equal(expected, actual);
                break;
        }
    }
}
