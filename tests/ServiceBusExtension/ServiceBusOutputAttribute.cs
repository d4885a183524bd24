using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Attribute that sends what a function returns to a queue or a topic.</summary>
/// <param name="queueOrTopicName">The queue or topic.</param>
/// <param name="entityType">Which of the two it is.</param>
public sealed class ServiceBusOutputAttribute(string queueOrTopicName, ServiceBusEntityType entityType = ServiceBusEntityType.Queue)
    : OutputBindingAttribute
{
    /// <summary>The queue or topic.</summary>
    public string QueueOrTopicName { get; private set; } = queueOrTopicName;

    /// <summary>The app setting, or the prefix of the app settings, that holds the connection.</summary>
    public string? Connection { get; set; }

    /// <summary>Whether <see cref="QueueOrTopicName"/> is a queue or a topic.</summary>
    public ServiceBusEntityType EntityType { get; set; } = entityType;
}
