namespace EmbeddedServiceBus;

/// <summary>Error that Service Bus would answer to the same call.</summary>
public sealed class BrokerException(BrokerErrorReason reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public BrokerErrorReason Reason { get; } = reason;

    /// <summary>Gets whether the same call may succeed later. A repeated send needs duplicate detection, because the first one may have
    /// succeeded.</summary>
    public bool IsTransient => Reason
        is BrokerErrorReason.ServiceBusy
        or BrokerErrorReason.ServiceTimeout
        or BrokerErrorReason.ServiceCommunicationProblem;
}
