using System.Security.Cryptography;
using System.Text;

namespace EmbeddedServiceBus.Amqp.Security;

/// <summary>A shared access rule of the namespace, with every right.</summary>
/// <param name="Name">Its name, case-sensitive.</param>
/// <param name="Value">The key, as text: its UTF-8 bytes sign.</param>
public sealed record SharedAccessKey(string Name, string Value)
{
    /// <summary>
    /// The name and key of Microsoft's emulator: https://learn.microsoft.com/azure/service-bus-messaging/test-locally-with-service-bus-emulator. It
    /// is public, so it protects nothing. It only shows that a client signs correctly.
    /// </summary>
    public static SharedAccessKey Emulator { get; } = new("RootManageSharedAccessKey", "SAS_KEY_VALUE");

    /// <summary>Returns whether these are the name and the key.</summary>
    internal bool Is(string name, string value) =>
        string.Equals(name, Name, StringComparison.Ordinal)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(value), Encoding.UTF8.GetBytes(Value));

    internal byte[] Sign(string text) => HMACSHA256.HashData(Encoding.UTF8.GetBytes(Value), Encoding.UTF8.GetBytes(text));
}
