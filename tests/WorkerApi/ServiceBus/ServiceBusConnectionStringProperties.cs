#nullable disable

namespace Azure.Messaging.ServiceBus;

/// <summary>The parts of a connection string.</summary>
public class ServiceBusConnectionStringProperties
{
    public string FullyQualifiedNamespace => Endpoint?.Host;

    public Uri Endpoint { get; internal set; }

    public string EntityPath { get; internal set; }

    public string SharedAccessKeyName { get; internal set; }

    public string SharedAccessKey { get; internal set; }

    public string SharedAccessSignature { get; internal set; }

    /// <exception cref="FormatException">A part has no value, or the endpoint is no address.</exception>
    public static ServiceBusConnectionStringProperties Parse(string connectionString)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        var properties = new ServiceBusConnectionStringProperties();
        foreach (var part in connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            properties.Set(part.Split('=', 2, StringSplitOptions.TrimEntries));
        }

        return properties;
    }

    /// <exception cref="ArgumentException">The endpoint or the key is missing, or a key and a signature are there.</exception>
    internal ServiceBusConnection Connect()
    {
        var hasKey = !string.IsNullOrEmpty(SharedAccessKeyName) && !string.IsNullOrEmpty(SharedAccessKey);
        var hasSignature = !string.IsNullOrEmpty(SharedAccessSignature);
        return string.IsNullOrEmpty(FullyQualifiedNamespace) || hasKey == hasSignature
            ? throw new ArgumentException("A connection string needs an endpoint, and either a key with its name or a signature.")
            : new ServiceBusConnection(FullyQualifiedNamespace, EntityPath);
    }

    private void Set(string[] part)
    {
        if (part is not [var name, { Length: > 0 } value])
        {
            throw new FormatException("The connection string is malformed.");
        }

        switch (name.ToUpperInvariant())
        {
            case "ENDPOINT":
                Endpoint = Address(value);
                break;
            case "ENTITYPATH":
                EntityPath = value;
                break;
            case "SHAREDACCESSKEYNAME":
                SharedAccessKeyName = value;
                break;
            case "SHAREDACCESSKEY":
                SharedAccessKey = value;
                break;
            case "SHAREDACCESSSIGNATURE":
                SharedAccessSignature = value;
                break;
        }
    }

    /// <summary>Host and port of the value. Without a scheme, <c>host:port</c> reads as a scheme and a path.</summary>
    private static Uri Address(string value)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var address) || address.Host.Length == 0)
        {
            _ = Uri.TryCreate($"sb://{value}", UriKind.Absolute, out address);
        }

        return address is not null && Uri.CheckHostName(address.Host) != UriHostNameType.Unknown
            ? new UriBuilder("sb", address.Host, address.IsDefaultPort ? -1 : address.Port).Uri
            : throw new FormatException("The connection string's endpoint is no address.");
    }
}
