namespace Microsoft.Azure.Functions.Worker;

/// <summary>Kind of entity that messages are sent to.</summary>
public enum ServiceBusEntityType
{
    /// <summary>A queue.</summary>
    Queue,

    /// <summary>A topic.</summary>
    Topic,
}
