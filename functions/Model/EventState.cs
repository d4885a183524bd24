namespace WebhookFunctions.Model;

/// <summary>How far an event is.</summary>
public enum EventState
{
    /// <summary>Recorded; its asset messages may not have been sent. A worker that finds this state sends them (again).</summary>
    Received,

    /// <summary>Its assets are on their way.</summary>
    Downloading,

    /// <summary>Final: every asset is stored.</summary>
    Completed,

    /// <summary>Final unless replayed: every asset has ended, and not every one is stored.</summary>
    CompletedWithFailures,

    /// <summary>Final: there is nothing to fetch.</summary>
    Recorded,

    /// <summary>Final unless replayed: the event itself could not be processed. Its message is a dead letter, unless the provider's API did not confirm it.</summary>
    Failed,
}

/// <summary>Questions about an <see cref="EventState"/>.</summary>
public static class EventStateExtensions
{
    /// <summary>Whether the state is final: only an operator or a new webhook changes it.</summary>
    public static bool IsFinal(this EventState state) => state is not (EventState.Received or EventState.Downloading);

    /// <summary>Whether it ended without something that it should have brought.</summary>
    public static bool HasFailed(this EventState state) => state is EventState.Failed or EventState.CompletedWithFailures;
}
