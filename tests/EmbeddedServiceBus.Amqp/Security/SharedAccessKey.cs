using System.Security.Cryptography;
using System.Text;

namespace EmbeddedServiceBus.Amqp.Security;

/// <summary>Shared access rule of the namespace, with every right.</summary>
/// <param name="Name">The rule's name, case-sensitive.</param>
/// <param name="Value">The key as text. Signatures use its UTF-8 bytes.</param>
public sealed record SharedAccessKey(string Name, string Value)
{
    /// <summary>
    /// Gets the name and key of Microsoft's emulator: https://learn.microsoft.com/azure/service-bus-messaging/test-locally-with-service-bus-emulator. The
    /// key is public, so it protects nothing. It only shows that a client signs correctly.
    /// </summary>
    public static SharedAccessKey Emulator { get; } = new("RootManageSharedAccessKey", "SAS_KEY_VALUE");

    /// <summary>Compares a name and a key with these.</summary>
    internal bool Is(string name, string value) =>
        string.Equals(name, Name, StringComparison.Ordinal)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(value), Encoding.UTF8.GetBytes(Value));

    internal byte[] Sign(string text) => HMACSHA256.HashData(Encoding.UTF8.GetBytes(Value), Encoding.UTF8.GetBytes(text));
}
