using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Messaging;

/// <summary>Tells a broker that is unavailable from a message that it will never accept.</summary>
public static class BrokerErrors
{
    /// <summary>Whether the failure may pass: no connection, no answer in time, too busy, over its quota, or a role that is not assigned yet.</summary>
    public static bool IsTransient(Exception failure) => failure switch
    {
        ServiceBusException broker => broker.IsTransient || broker.Reason is ServiceBusFailureReason.QuotaExceeded,
        TimeoutException or UnauthorizedAccessException => true,
        _ => false,
    };
}
