namespace WebhookFunctions.Recording;

/// <summary>What came of recording on an event's row that its message is a dead letter.</summary>
public enum DeadLetterRecording
{
    /// <summary>The row shows it.</summary>
    Recorded,

    /// <summary>The row shows that the event's work was dispatched, or is done.</summary>
    AlreadyDispatched,

    /// <summary>The row shows an earlier failure.</summary>
    AlreadyFailed,

    /// <summary>A retry is scheduled.</summary>
    RetryPending,

    /// <summary>The event or its job was erased.</summary>
    Erased,
}
