namespace EmbeddedServiceBus;

/// <summary>Where a message stands, whether it is locked or not. The numbers are those of <c>x-opt-message-state</c>.</summary>
public enum MessageState
{
    /// <summary>To be received, or locked by who received it.</summary>
    Active = 0,

    /// <summary>Set aside, to be received by its sequence number.</summary>
    Deferred = 1,

    /// <summary>Not to be received before its time.</summary>
    Scheduled = 2,
}
