using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Messaging;

/// <summary>Classification of broker errors: unavailable for now, or a message that will never be accepted.</summary>
public static class BrokerErrors
{
    /// <summary>Returns whether the failure is transient: no connection, no answer in time, too busy, over its quota, or a role that is not assigned
    /// yet.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        ServiceBusException broker => broker.IsTransient || broker.Reason is ServiceBusFailureReason.QuotaExceeded,
        TimeoutException or UnauthorizedAccessException => true,
        _ => false,
    };
}
