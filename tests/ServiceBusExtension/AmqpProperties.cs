using System.Runtime.Serialization;
using Google.Protobuf;
using Microsoft.Azure.Amqp;
using Microsoft.Azure.Amqp.Encoding;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Encoder that writes the properties that a settlement changes as an AMQP map, which the host's extension decodes.</summary>
internal static class AmqpProperties
{
    /// <summary>Encodes the properties.</summary>
    /// <exception cref="SerializationException">A value has a type that AMQP properties cannot have.</exception>
    public static ByteString Encode(IDictionary<string, object> properties)
    {
        var map = new AmqpMap();
        foreach (var (name, value) in properties)
        {
            map[new MapKey(name)] = Value(value);
        }

        using var buffer = new ByteBuffer(256, autoGrow: true);
        AmqpCodec.EncodeMap(map, buffer);
        return ByteString.CopyFrom(buffer.Buffer, buffer.Offset, buffer.Length);
    }

    // Service Bus defines three described types. The names are those of its SDKs.
    private static object? Value(object? value) => value switch
    {
        null or byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal or bool or char or Guid or string
            or DateTime => value,
        Uri uri => Described("com.microsoft:uri", uri.AbsoluteUri),
        DateTimeOffset time => Described("com.microsoft:datetime-offset", time.UtcTicks),
        TimeSpan span => Described("com.microsoft:timespan", span.Ticks),
        Stream stream => Bytes(stream),
        _ => throw new SerializationException($"A message property cannot be a {value.GetType().FullName}."),
    };

    private static DescribedType Described(string name, object value) => new((AmqpSymbol)name, value);

    private static ArraySegment<byte> Bytes(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return new ArraySegment<byte>(copy.GetBuffer(), 0, (int)copy.Length);
    }
}
