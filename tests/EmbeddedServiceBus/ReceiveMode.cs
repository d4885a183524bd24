namespace EmbeddedServiceBus;

/// <summary>Mode of receiving a message.</summary>
public enum ReceiveMode
{
    /// <summary>The message is locked until it is settled or the lock expires.</summary>
    PeekLock,

    /// <summary>The message is removed when it is received, and lost if its receiver fails.</summary>
    ReceiveAndDelete,
}
