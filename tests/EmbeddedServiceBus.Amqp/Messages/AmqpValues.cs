using System.Globalization;
using Amqp.Types;
using AmqpDecimal = Amqp.Types.Decimal;

namespace EmbeddedServiceBus.Amqp.Messages;

/// <summary>
/// Converter of application properties between .NET's types and AMQP's. For types that AMQP lacks, it writes a described type, as the Azure SDKs for
/// .NET do.
/// </summary>
internal static class AmqpValues
{
    private const string TimeSpanSymbol = "com.microsoft:timespan";
    private const string UriSymbol = "com.microsoft:uri";
    private const string DateTimeOffsetSymbol = "com.microsoft:datetime-offset";

    /// <exception cref="ArgumentException">The value is a list, a map or of another type that Service Bus does not support for a
    /// property.</exception>
    public static object? FromAmqp(string name, object? value) => value switch
    {
        null or string or bool or byte or sbyte or short or ushort or int or uint or long or ulong or float or double or char or Guid
            or DateTime or byte[] => value,
        Symbol symbol => (string)symbol,
        AmqpDecimal number => Decimal128.Read(number.Bytes)
            ?? throw Invalid($"The application property '{name}' has too many digits or too great an exponent for a .NET decimal."),
        DescribedValue { Value: long ticks } described when Is(described, TimeSpanSymbol) => new TimeSpan(ticks),
        DescribedValue { Value: long ticks } described when Is(described, DateTimeOffsetSymbol) => new DateTimeOffset(ticks, TimeSpan.Zero),
        DescribedValue { Value: string uri } described when Is(described, UriSymbol) => new Uri(uri, UriKind.RelativeOrAbsolute),
        _ => throw Invalid($"The application property '{name}' has a type that Service Bus does not support."),
    };

    public static object? ToAmqp(object? value) => value switch
    {
        decimal number => new AmqpDecimal(Decimal128.Write(number)),
        TimeSpan span => Described(TimeSpanSymbol, span.Ticks),
        DateTimeOffset instant => Described(DateTimeOffsetSymbol, instant.UtcTicks),
        Uri uri => Described(UriSymbol, uri.OriginalString),
        _ => value,
    };

    /// <summary>Converts a map; its names may be strings or symbols.</summary>
    /// <exception cref="ArgumentException">A value has a type that Service Bus does not support for a property.</exception>
    public static Dictionary<string, object?> Properties(Map? map)
    {
        var properties = new Dictionary<string, object?>(StringComparer.Ordinal);
        // The indexer is not used, because it only finds keys of the type that the map should have.
        foreach (var (key, value) in map ?? [])
        {
            var name = Text(key) ?? "";
            properties[name] = FromAmqp(name, value);
        }

        return properties;
    }

    /// <summary>Returns the value of a key, which may be a string or a symbol; null if there is none.</summary>
    public static object? Find(Map? map, string name)
    {
        foreach (var (key, value) in map ?? [])
        {
            if (Text(key) == name)
                return value;
        }

        return null;
    }

    /// <summary>Converts an id to text. By the specification it may be a text, a number, a UUID or bytes.</summary>
    public static string? Text(object? id) => id switch
    {
        null => null,
        string text => text,
        Symbol symbol => symbol,
        byte[] bytes => Convert.ToHexString(bytes),
        _ => Convert.ToString(id, CultureInfo.InvariantCulture),
    };

    // Reported as "com.microsoft:argument-error", which no client retries.
    private static ArgumentException Invalid(string description) => new(description);

    private static DescribedValue Described(string symbol, object value) => new(new Symbol(symbol), value);

    private static bool Is(DescribedValue described, string symbol) => described.Descriptor is Symbol descriptor && descriptor == symbol;
}
