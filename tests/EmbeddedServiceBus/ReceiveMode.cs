namespace EmbeddedServiceBus;

/// <summary>Mode of receiving a message.</summary>
public enum ReceiveMode
{
    /// <summary>It is locked until it is settled or the lock expires.</summary>
    PeekLock,

    /// <summary>It is removed as it is received, and lost if its receiver fails.</summary>
    ReceiveAndDelete,
}
