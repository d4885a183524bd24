namespace WebhookFunctions.Storage;

/// <summary>How far an event is.</summary>
public enum EventState
{
    /// <summary>Its row is there, and perhaps its work is not yet handed on: whoever finds it so hands it on (again).</summary>
    Received,

    /// <summary>Its assets are on their way.</summary>
    Downloading,

    /// <summary>Final: every asset is stored.</summary>
    Completed,

    /// <summary>Final unless replayed: every asset has ended, and not every one is stored.</summary>
    CompletedWithFailures,

    /// <summary>Final: there is nothing to fetch.</summary>
    Recorded,

    /// <summary>Final unless replayed: the event itself could not be processed and lies in the dead letters.</summary>
    Failed,
}

/// <summary>Questions about an <see cref="EventState"/>.</summary>
public static class EventStateExtensions
{
    /// <summary>Whether nothing more will happen by itself.</summary>
    public static bool HasEnded(this EventState state) => state is not (EventState.Received or EventState.Downloading);

    /// <summary>Whether it ended without something that it should have brought.</summary>
    public static bool HasFailed(this EventState state) => state is EventState.Failed or EventState.CompletedWithFailures;
}

/// <summary>How far an asset is.</summary>
public enum AssetState
{
    /// <summary>Not begun.</summary>
    Pending,

    /// <summary>A worker has claimed it.</summary>
    Downloading,

    /// <summary>An attempt failed; the next one is scheduled.</summary>
    Retrying,

    /// <summary>Final: the blob is there, whole.</summary>
    Stored,

    /// <summary>Final unless replayed.</summary>
    Failed,

    /// <summary>Final: kept elsewhere, the row points at it.</summary>
    Recorded,
}
