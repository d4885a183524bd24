namespace Azure.Messaging.ServiceBus;

/// <summary>How messages are received.</summary>
public enum ServiceBusReceiveMode
{
    /// <summary>Locked until they are settled or the lock ends.</summary>
    PeekLock,

    /// <summary>Gone once they are received.</summary>
    ReceiveAndDelete,
}

/// <summary>A queue beside a queue.</summary>
public enum SubQueue
{
    None = 0,
    DeadLetter = 1,
    TransferDeadLetter = 2,
}

/// <summary>What a message waits for.</summary>
public enum ServiceBusMessageState
{
    Active = 0,
    Deferred = 1,
    Scheduled = 2,
}

/// <summary>The transport below AMQP.</summary>
public enum ServiceBusTransportType
{
    AmqpTcp,
    AmqpWebSockets,
}

/// <summary>How the delay between attempts grows.</summary>
public enum ServiceBusRetryMode
{
    Fixed,
    Exponential,
}

/// <summary>Why an operation failed.</summary>
public enum ServiceBusFailureReason
{
    GeneralError,
    MessagingEntityNotFound,
    MessageLockLost,
    MessageNotFound,
    MessageSizeExceeded,
    MessagingEntityDisabled,
    QuotaExceeded,
    ServiceBusy,
    ServiceTimeout,
    ServiceCommunicationProblem,
    SessionCannotBeLocked,
    SessionLockLost,
    MessagingEntityAlreadyExists,
}
