using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Attribute that sends what a function returns to a queue or a topic.</summary>
/// <param name="queueOrTopicName">The name of the queue or topic.</param>
/// <param name="entityType">Whether the name is that of a queue or of a topic.</param>
public sealed class ServiceBusOutputAttribute(string queueOrTopicName, ServiceBusEntityType entityType = ServiceBusEntityType.Queue)
    : OutputBindingAttribute
{
    /// <summary>Gets the name of the queue or topic.</summary>
    public string QueueOrTopicName { get; private set; } = queueOrTopicName;

    /// <summary>Gets or sets the name of the app setting, or the prefix of the app settings, that holds the connection.</summary>
    public string? Connection { get; set; }

    /// <summary>Gets or sets whether <see cref="QueueOrTopicName"/> is a queue or a topic.</summary>
    public ServiceBusEntityType EntityType { get; set; } = entityType;
}
