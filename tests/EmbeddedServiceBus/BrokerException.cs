namespace EmbeddedServiceBus;

/// <summary>What the service would answer with an error.</summary>
public sealed class BrokerException(BrokerErrorReason reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public BrokerErrorReason Reason { get; } = reason;

    /// <summary>Whether the same call may succeed later. A send that is repeated needs duplicate detection, since the first may have had its effect.</summary>
    public bool IsTransient => Reason
        is BrokerErrorReason.ServiceBusy
        or BrokerErrorReason.ServiceTimeout
        or BrokerErrorReason.ServiceCommunicationProblem;
}
