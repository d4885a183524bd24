namespace EmbeddedServiceBus;

/// <summary>What becomes of a message that is received.</summary>
public enum ReceiveMode
{
    /// <summary>It is locked until it is settled or the lock expires.</summary>
    PeekLock,

    /// <summary>It is gone with the answer: lost if its receiver fails.</summary>
    ReceiveAndDelete,
}
