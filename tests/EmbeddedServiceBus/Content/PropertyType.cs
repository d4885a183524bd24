namespace EmbeddedServiceBus.Content;

/// <summary>
/// First byte of a property's value in the file. If AMQP 1.0 has a type for the value, the number is that type's constructor. The others are .NET
/// types that AMQP carries as a described type or with less precision. The numbers are part of the file format.
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

    /// <summary>The four words of a .NET decimal, which keep its scale; decimal128 does not guarantee that.</summary>
    Decimal = 0x94,

    /// <summary>Ticks and kind, because an AMQP timestamp has only milliseconds.</summary>
    DateTime = 0x01,

    /// <summary>Ticks of the local time, and the offset in minutes.</summary>
    DateTimeOffset = 0x02,

    /// <summary>Ticks.</summary>
    TimeSpan = 0x03,

    /// <summary>The text from which the Uri was created.</summary>
    Uri = 0x04,
}
