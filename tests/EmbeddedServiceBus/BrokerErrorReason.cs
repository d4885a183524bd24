namespace EmbeddedServiceBus;

/// <summary>Why the broker refused; the names are those of <c>Azure.Messaging.ServiceBus.ServiceBusFailureReason</c>.</summary>
public enum BrokerErrorReason
{
    /// <summary>The operation is not possible there; the message says why.</summary>
    GeneralError,

    /// <summary>No queue of this name is declared.</summary>
    MessagingEntityNotFound,

    /// <summary>The lock has expired, was settled already, or never was.</summary>
    MessageLockLost,

    /// <summary>No message with this sequence number is in the state that the operation needs.</summary>
    MessageNotFound,

    /// <summary>The message, or the batch, is above the queue's limit.</summary>
    MessageSizeExceeded,

    /// <summary>There is no room for more: the queue holds as much as it may, or the disk is full.</summary>
    QuotaExceeded,

    /// <summary>The broker has too much to do; transient.</summary>
    ServiceBusy,

    /// <summary>No answer in time; transient, the outcome is unknown.</summary>
    ServiceTimeout,

    /// <summary>The broker cannot be reached or could not write; transient, the outcome is unknown.</summary>
    ServiceCommunicationProblem,
}
