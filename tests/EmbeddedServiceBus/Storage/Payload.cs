using EmbeddedServiceBus.Content;

namespace EmbeddedServiceBus.Storage;

/// <summary>What a message says, as the file keeps it.</summary>
/// <param name="Content">The message without its application properties, and with the time to live that holds for it.</param>
/// <param name="Properties">The application properties, encoded; null for none.</param>
internal sealed record Payload(BrokerMessage Content, byte[]? Properties)
{
    public BrokerMessage Decode() => Content with { ApplicationProperties = PropertyCodec.Decode(Properties) };
}
