using EmbeddedServiceBus.Content;

namespace EmbeddedServiceBus.Storage;

/// <summary>Content of a message, as stored in the file.</summary>
/// <param name="Content">The message without its application properties, and with its effective time to live.</param>
/// <param name="Properties">The application properties, encoded; null for none.</param>
internal sealed record Payload(BrokerMessage Content, byte[]? Properties)
{
    public BrokerMessage Decode() => Content with { ApplicationProperties = PropertyCodec.Decode(Properties) };
}
