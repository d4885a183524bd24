namespace WebhookFunctions.Model;

/// <summary>State of an event.</summary>
public enum EventState
{
    /// <summary>Recorded; its asset messages may not have been sent. A worker that finds this state sends them (again).</summary>
    Received,

    /// <summary>Its asset messages were sent, and not all assets have ended.</summary>
    Downloading,

    /// <summary>Final: every asset is stored.</summary>
    Completed,

    /// <summary>Final unless replayed: every asset has ended, and not all are stored.</summary>
    CompletedWithFailures,

    /// <summary>Final: it has no assets to fetch.</summary>
    Recorded,

    /// <summary>Final unless replayed: the event itself could not be processed. Its message is a dead letter, unless the provider's API did not confirm it.</summary>
    Failed,
}

/// <summary>Extensions of <see cref="EventState"/>.</summary>
public static class EventStateExtensions
{
    /// <summary>Returns whether the state is final: only an operator or a new webhook changes it.</summary>
    public static bool IsFinal(this EventState state) => state is not (EventState.Received or EventState.Downloading);

    /// <summary>Returns whether the event, or one of its assets, failed.</summary>
    public static bool HasFailed(this EventState state) => state is EventState.Failed or EventState.CompletedWithFailures;
}
