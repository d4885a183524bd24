namespace WebhookFunctions.Model;

/// <summary>Count on the event's row to which an asset belongs.</summary>
public enum AssetCount
{
    /// <summary>None: it has not ended, or was never to be fetched.</summary>
    None,

    /// <summary><c>AssetsStored</c>.</summary>
    Stored,

    /// <summary><c>AssetsFailed</c>.</summary>
    Failed,
}

/// <summary>The meaning of each <see cref="AssetState"/>. A state that is added does not compile until it is decided here.</summary>
public static class AssetStates
{
    /// <summary>Returns 1 if the asset belongs to <paramref name="count"/>, otherwise 0.</summary>
    public static int Counts(this AssetState state, AssetCount count) => state.CountsAs() == count ? 1 : 0;

    // CS8524 is off: a number without a name throws at run time. CS8509 stays an error: it reports a name without an arm.
#pragma warning disable CS8524
    /// <summary>Returns the count on the event's row to which an asset in that state belongs.</summary>
    public static AssetCount CountsAs(this AssetState state) => state switch
    {
        AssetState.Pending => AssetCount.None,
        AssetState.Downloading => AssetCount.None,
        AssetState.Retrying => AssetCount.None,
        AssetState.Stored => AssetCount.Stored,
        AssetState.Failed => AssetCount.Failed,
        AssetState.Recorded => AssetCount.None,
    };

    /// <summary>Returns whether an asset in that state is part of the event's <c>AssetsTotal</c>: it has to be fetched, or was.</summary>
    public static bool IsInTotal(this AssetState state) => state switch
    {
        AssetState.Pending => true,
        AssetState.Downloading => true,
        AssetState.Retrying => true,
        AssetState.Stored => true,
        AssetState.Failed => true,
        AssetState.Recorded => false,
    };

    /// <summary>Returns whether the state is final: only an operator or a new webhook changes it.</summary>
    public static bool IsFinal(this AssetState state) => state switch
    {
        AssetState.Pending => false,
        AssetState.Downloading => false,
        AssetState.Retrying => false,
        AssetState.Stored => true,
        AssetState.Failed => true,
        AssetState.Recorded => true,
    };

    /// <summary>Returns whether a replay of its dead letter restarts the asset; otherwise its work is done.</summary>
    public static bool IsReplayable(this AssetState state) => state switch
    {
        AssetState.Pending => true,
        AssetState.Downloading => true,
        AssetState.Retrying => true,
        AssetState.Stored => false,
        AssetState.Failed => true,
        AssetState.Recorded => false,
    };

    /// <summary>Returns whether a refetch of the event restarts the asset; otherwise it is in progress, or was never to be fetched.</summary>
    public static bool IsRefetchable(this AssetState state) => state switch
    {
        AssetState.Pending => false,
        AssetState.Downloading => false,
        AssetState.Retrying => false,
        AssetState.Stored => true,
        AssetState.Failed => true,
        // Only if the event, interpreted again, has a link for it, because the missing key is set now.
        AssetState.Recorded => true,
    };
#pragma warning restore CS8524
}
