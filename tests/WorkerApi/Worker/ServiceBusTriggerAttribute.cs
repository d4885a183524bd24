using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Starts a function by a message of a queue or a subscription.</summary>
public sealed class ServiceBusTriggerAttribute : TriggerBindingAttribute, ISupportCardinality
{
    public ServiceBusTriggerAttribute(string queueName) => QueueName = queueName;

    public ServiceBusTriggerAttribute(string topicName, string subscriptionName)
    {
        TopicName = topicName;
        SubscriptionName = subscriptionName;
    }

    /// <summary>The setting, or the prefix of the settings, that holds the connection.</summary>
    public string? Connection { get; set; }

    /// <summary>The queue; null for a subscription.</summary>
    public string? QueueName { get; }

    /// <summary>The topic; null for a queue.</summary>
    public string? TopicName { get; }

    /// <summary>The subscription of the topic; null for a queue.</summary>
    public string? SubscriptionName { get; }

    public bool IsSessionsEnabled { get; set; }

    /// <summary>Whether the parameter is an array of messages.</summary>
    public bool IsBatched { get; set; }

    /// <summary>
    /// Whether the host completes the message after the function returned. Where the attribute does not say so, host.json does: read
    /// whether it is there at all from the attribute's data, since this property is then false as well.
    /// </summary>
    public bool AutoCompleteMessages { get; set; }

    Cardinality ISupportCardinality.Cardinality
    {
        get => IsBatched ? Cardinality.Many : Cardinality.One;
        set => IsBatched = value == Cardinality.Many;
    }
}
