#nullable disable

namespace Azure.Messaging.ServiceBus;

/// <summary>A failure of Service Bus or of the way to it.</summary>
public class ServiceBusException : Exception
{
    private const string Troubleshooting =
        "For troubleshooting information, see https://aka.ms/azsdk/net/servicebus/exceptions/troubleshoot.";

    public ServiceBusException()
    {
    }

    /// <summary>Transient are a communication problem, a timeout and a busy service; every other reason is final.</summary>
    public ServiceBusException(
        string message, ServiceBusFailureReason reason, string entityPath = default, Exception innerException = default)
        : this(
            reason is ServiceBusFailureReason.ServiceCommunicationProblem
                or ServiceBusFailureReason.ServiceTimeout
                or ServiceBusFailureReason.ServiceBusy,
            message,
            entityPath,
            reason,
            innerException)
    {
    }

    public ServiceBusException(
        bool isTransient,
        string message,
        string entityName = default,
        ServiceBusFailureReason reason = ServiceBusFailureReason.GeneralError,
        Exception innerException = default)
        : base(message, innerException)
    {
        IsTransient = isTransient;
        EntityPath = entityName;
        Reason = reason;
    }

    public bool IsTransient { get; }

    public ServiceBusFailureReason Reason { get; }

    /// <summary>The queue, topic or subscription, or null.</summary>
    public string EntityPath { get; }

    public override string Message => string.IsNullOrEmpty(EntityPath)
        ? $"{base.Message} ({Reason}). {Troubleshooting}"
        : $"{base.Message} ({EntityPath} - {Reason}). {Troubleshooting}";
}
