namespace EmbeddedServiceBus;

/// <summary>Error that the service would answer.</summary>
public sealed class BrokerException(BrokerErrorReason reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public BrokerErrorReason Reason { get; } = reason;

    /// <summary>Whether the same call may succeed later. Repeating a send needs duplicate detection, because the first one may have had its
    /// effect.</summary>
    public bool IsTransient => Reason
        is BrokerErrorReason.ServiceBusy
        or BrokerErrorReason.ServiceTimeout
        or BrokerErrorReason.ServiceCommunicationProblem;
}
