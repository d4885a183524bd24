#nullable disable

namespace Azure.Messaging.ServiceBus;

/// <summary>What a client shares with its senders and receivers; here the names, and whether it is closed.</summary>
internal sealed class ServiceBusConnection(string fullyQualifiedNamespace, string entityPath)
{
    internal string FullyQualifiedNamespace { get; } = fullyQualifiedNamespace;

    /// <summary>The queue or topic of the connection string, or null.</summary>
    internal string EntityPath { get; } = entityPath;

    internal bool IsClosed { get; set; }

    internal void ThrowIfClosed() => ObjectDisposedException.ThrowIf(IsClosed, this);

    internal static string NewIdentifier(string configured, string name) =>
        string.IsNullOrEmpty(configured) ? $"{name}-{Guid.NewGuid()}" : configured;
}
