using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Attribute that triggers a function for each message of a queue or a subscription.</summary>
/// <remarks>
/// The input converter on this class makes the host send messages as binding data, and not as JSON. The metadata generator reads the default
/// of <see cref="IsBatched"/> from its attribute <see cref="DefaultValueAttribute"/>, and fails without it.
/// </remarks>
[InputConverter(typeof(ServiceBusReceivedMessageConverter))]
[ConverterFallbackBehavior(ConverterFallbackBehavior.Default)]
public sealed class ServiceBusTriggerAttribute : TriggerBindingAttribute, ISupportCardinality
{
    /// <summary>Initializes a trigger on a queue.</summary>
    /// <param name="queueName">The name of the queue.</param>
    public ServiceBusTriggerAttribute(string queueName) => QueueName = queueName;

    /// <summary>Initializes a trigger on a subscription.</summary>
    /// <param name="topicName">The name of the topic.</param>
    /// <param name="subscriptionName">The name of the topic's subscription.</param>
    public ServiceBusTriggerAttribute(string topicName, string subscriptionName)
    {
        TopicName = topicName;
        SubscriptionName = subscriptionName;
    }

    /// <summary>Gets or sets the name of the app setting, or the prefix of the app settings, that holds the connection.</summary>
    public string? Connection { get; set; }

    /// <summary>Gets the name of the queue; null for a subscription.</summary>
    public string? QueueName { get; }

    /// <summary>Gets the name of the topic; null for a queue.</summary>
    public string? TopicName { get; }

    /// <summary>Gets the name of the topic's subscription; null for a queue.</summary>
    public string? SubscriptionName { get; }

    /// <summary>Gets or sets whether the entity has sessions.</summary>
    public bool IsSessionsEnabled { get; set; }

    /// <summary>Gets or sets whether the parameter is an array of messages.</summary>
    [DefaultValue(false)]
    public bool IsBatched { get; set; }

    /// <summary>
    /// Gets or sets whether the host completes the message after the function returned. If it is not set, the setting in host.json applies.
    /// </summary>
    public bool AutoCompleteMessages { get; set; }

    Cardinality ISupportCardinality.Cardinality
    {
        get => IsBatched ? Cardinality.Many : Cardinality.One;
        set => IsBatched = value == Cardinality.Many;
    }
}
