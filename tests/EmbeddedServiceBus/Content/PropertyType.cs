namespace EmbeddedServiceBus.Content;

/// <summary>
/// The first byte of a property's value in the file. Where AMQP 1.0 has a type for it the number is that type's constructor; the others are
/// .NET types that AMQP carries as a described type or with less precision. The numbers are part of the file format.
/// </summary>
internal enum PropertyType : byte
{
    Null = 0x40,
    True = 0x41,
    False = 0x42,
    Byte = 0x50,
    SByte = 0x51,
    UInt16 = 0x60,
    Int16 = 0x61,
    UInt32 = 0x70,
    Int32 = 0x71,
    UInt64 = 0x80,
    Int64 = 0x81,
    Single = 0x72,
    Double = 0x82,
    Char = 0x73,
    Guid = 0x98,
    Binary = 0xA0,
    String = 0xA1,

    /// <summary>The four words of a .NET decimal: its scale is kept, which decimal128 would not promise.</summary>
    Decimal = 0x94,

    /// <summary>Ticks and kind: an AMQP timestamp has milliseconds only.</summary>
    DateTime = 0x01,

    /// <summary>Ticks of the local time, and the offset in minutes.</summary>
    DateTimeOffset = 0x02,

    /// <summary>Ticks.</summary>
    TimeSpan = 0x03,

    /// <summary>The text that the Uri was made of.</summary>
    Uri = 0x04,
}
