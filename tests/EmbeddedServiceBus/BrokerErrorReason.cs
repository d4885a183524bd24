namespace EmbeddedServiceBus;

/// <summary>Reason of a <see cref="BrokerException"/>. The names are those of <c>Azure.Messaging.ServiceBus.ServiceBusFailureReason</c>.</summary>
public enum BrokerErrorReason
{
    /// <summary>The operation is not possible; the message says why.</summary>
    GeneralError,

    /// <summary>No queue of this name is declared.</summary>
    MessagingEntityNotFound,

    /// <summary>The lock has expired, was settled already, or never existed.</summary>
    MessageLockLost,

    /// <summary>No message with this sequence number is in the state that the operation needs.</summary>
    MessageNotFound,

    /// <summary>The message, or the batch, exceeds the queue's limit.</summary>
    MessageSizeExceeded,

    /// <summary>The queue has reached its maximum size, or the disk is full.</summary>
    QuotaExceeded,

    /// <summary>The broker is overloaded; transient.</summary>
    ServiceBusy,

    /// <summary>No answer in time; transient, the outcome is unknown.</summary>
    ServiceTimeout,

    /// <summary>The broker cannot be reached or could not write; transient, the outcome is unknown.</summary>
    ServiceCommunicationProblem,
}
