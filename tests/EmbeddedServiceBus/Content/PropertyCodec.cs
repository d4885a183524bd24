using System.Collections.ObjectModel;
using System.Text;

namespace EmbeddedServiceBus.Content;

/// <summary>
/// Codec of application properties in the file: their number, then name, <see cref="PropertyType"/> and value of each. Lengths are 7-bit encoded,
/// numbers little-endian.
/// </summary>
internal static class PropertyCodec
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <returns>The encoded properties; null for none.</returns>
    /// <exception cref="ArgumentException">A value has another type, or a text has an unpaired surrogate, which no AMQP string can contain.</exception>
    public static byte[]? Encode(IReadOnlyDictionary<string, object?> properties)
    {
        if (properties.Count == 0)
            return null;

        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer, StrictUtf8);
        writer.Write7BitEncodedInt(properties.Count);
        foreach (var (name, value) in properties)
        {
            writer.Write(name);
            WriteValue(writer, name, value);
        }

        return buffer.ToArray();
    }

    public static IReadOnlyDictionary<string, object?> Decode(byte[]? encoded)
    {
        if (encoded is null)
            return ReadOnlyDictionary<string, object?>.Empty;

        using var reader = new BinaryReader(new MemoryStream(encoded, writable: false), StrictUtf8);
        var count = reader.Read7BitEncodedInt();
        var properties = new Dictionary<string, object?>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
            properties.Add(reader.ReadString(), ReadValue(reader));

        return properties;
    }

    private static void WriteValue(BinaryWriter writer, string name, object? value)
    {
        switch (value)
        {
            case null: Tag(PropertyType.Null); break;
            case bool v: Tag(v ? PropertyType.True : PropertyType.False); break;
            case byte v: Tag(PropertyType.Byte); writer.Write(v); break;
            case sbyte v: Tag(PropertyType.SByte); writer.Write(v); break;
            case ushort v: Tag(PropertyType.UInt16); writer.Write(v); break;
            case short v: Tag(PropertyType.Int16); writer.Write(v); break;
            case uint v: Tag(PropertyType.UInt32); writer.Write(v); break;
            case int v: Tag(PropertyType.Int32); writer.Write(v); break;
            case ulong v: Tag(PropertyType.UInt64); writer.Write(v); break;
            case long v: Tag(PropertyType.Int64); writer.Write(v); break;
            case float v: Tag(PropertyType.Single); writer.Write(v); break;
            case double v: Tag(PropertyType.Double); writer.Write(v); break;
            case decimal v: Tag(PropertyType.Decimal); writer.Write(v); break;
            // Written as a number, because BinaryWriter.Write(char) refuses half of a surrogate pair.
            case char v: Tag(PropertyType.Char); writer.Write((ushort)v); break;
            case string v: Tag(PropertyType.String); writer.Write(v); break;
            case Guid v: Tag(PropertyType.Guid); writer.Write(v.ToByteArray()); break;
            case DateTime v: Tag(PropertyType.DateTime); writer.Write(v.Ticks); writer.Write((byte)v.Kind); break;
            case DateTimeOffset v: Tag(PropertyType.DateTimeOffset); writer.Write(v.Ticks); writer.Write((short)v.TotalOffsetMinutes); break;
            case TimeSpan v: Tag(PropertyType.TimeSpan); writer.Write(v.Ticks); break;
            case Uri v: Tag(PropertyType.Uri); writer.Write(v.OriginalString); break;
            case byte[] v: Tag(PropertyType.Binary); writer.Write7BitEncodedInt(v.Length); writer.Write(v); break;
            default: throw Unsupported(name, value);
        }

        void Tag(PropertyType type) => writer.Write((byte)type);
    }

    private static object? ReadValue(BinaryReader reader)
    {
        var type = (PropertyType)reader.ReadByte();
        return type switch
        {
            PropertyType.Null => null,
            PropertyType.True => true,
            PropertyType.False => false,
            PropertyType.Byte => reader.ReadByte(),
            PropertyType.SByte => reader.ReadSByte(),
            PropertyType.UInt16 => reader.ReadUInt16(),
            PropertyType.Int16 => reader.ReadInt16(),
            PropertyType.UInt32 => reader.ReadUInt32(),
            PropertyType.Int32 => reader.ReadInt32(),
            PropertyType.UInt64 => reader.ReadUInt64(),
            PropertyType.Int64 => reader.ReadInt64(),
            PropertyType.Single => reader.ReadSingle(),
            PropertyType.Double => reader.ReadDouble(),
            PropertyType.Decimal => reader.ReadDecimal(),
            PropertyType.Char => (char)reader.ReadUInt16(),
            PropertyType.String => reader.ReadString(),
            PropertyType.Guid => new Guid(reader.ReadBytes(16)),
            PropertyType.DateTime => new DateTime(reader.ReadInt64(), (DateTimeKind)reader.ReadByte()),
            PropertyType.DateTimeOffset => new DateTimeOffset(reader.ReadInt64(), TimeSpan.FromMinutes(reader.ReadInt16())),
            PropertyType.TimeSpan => new TimeSpan(reader.ReadInt64()),
            PropertyType.Uri => new Uri(reader.ReadString(), UriKind.RelativeOrAbsolute),
            PropertyType.Binary => reader.ReadBytes(reader.Read7BitEncodedInt()),
            _ => throw new InvalidDataException($"The file holds a property of an unknown type, {type}."),
        };
    }

    internal static ArgumentException Unsupported(string name, object value) =>
        new($"The application property '{name}' is a {value.GetType()}, which Service Bus does not support.");
}
