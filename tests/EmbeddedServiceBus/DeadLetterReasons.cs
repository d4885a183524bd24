namespace EmbeddedServiceBus;

/// <summary>
/// Reasons that the broker records on a message that it dead-letters, as the service words them:
/// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues.
/// </summary>
public static class DeadLetterReasons
{
    /// <summary>The application property with the reason.</summary>
    public const string ReasonProperty = "DeadLetterReason";

    /// <summary>The application property with the description.</summary>
    public const string DescriptionProperty = "DeadLetterErrorDescription";

    /// <summary>The message has failed as many deliveries as the queue allows.</summary>
    public const string MaxDeliveryCountExceeded = "MaxDeliveryCountExceeded";

    /// <summary>The time to live has passed.</summary>
    public const string TimeToLiveExpired = "TTLExpiredException";
}
