namespace EmbeddedServiceBus;

/// <summary>State of a message, independent of its lock. The numbers are those of <c>x-opt-message-state</c>.</summary>
public enum MessageState
{
    /// <summary>Available, or locked by its receiver.</summary>
    Active = 0,

    /// <summary>Deferred: it can only be received by its sequence number.</summary>
    Deferred = 1,

    /// <summary>Not available before its scheduled time.</summary>
    Scheduled = 2,
}
