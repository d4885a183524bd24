namespace WebhookFunctions.Recording;

/// <summary>The result of recording on an event's row that its message is a dead letter.</summary>
public enum DeadLetterRecording
{
    /// <summary>The row was marked <c>Failed</c>.</summary>
    Recorded,

    /// <summary>Not recorded: the event's work was dispatched, or is done.</summary>
    AlreadyDispatched,

    /// <summary>Not recorded: the row already shows an earlier failure.</summary>
    AlreadyFailed,

    /// <summary>Not recorded: a retry is scheduled.</summary>
    RetryPending,

    /// <summary>Not recorded: the event or its job was erased.</summary>
    Erased,
}
