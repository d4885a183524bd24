namespace WebhookFunctions.Model;

/// <summary>How an asset in a state counts on its event's row.</summary>
public enum AssetCount
{
    /// <summary>It has not ended, or it was never to be fetched.</summary>
    None,

    /// <summary>In <c>AssetsStored</c>.</summary>
    Stored,

    /// <summary>In <c>AssetsFailed</c>.</summary>
    Failed,
}

/// <summary>The table of what each <see cref="AssetState"/> means. A new state does not compile until it is decided here.</summary>
public static class AssetStates
{
    /// <summary>Whether the asset counts as <paramref name="count"/> on its event's row: 1 or 0.</summary>
    public static int Counts(this AssetState state, AssetCount count) => state.CountsAs() == count ? 1 : 0;

    // CS8524: a number without a name throws. A name without an arm (CS8509) is an error, which is the purpose of these.
#pragma warning disable CS8524
    /// <summary>Returns how an asset in that state counts on its event's row.</summary>
    public static AssetCount CountsAs(this AssetState state) => state switch
    {
        AssetState.Pending => AssetCount.None,
        AssetState.Downloading => AssetCount.None,
        AssetState.Retrying => AssetCount.None,
        AssetState.Stored => AssetCount.Stored,
        AssetState.Failed => AssetCount.Failed,
        AssetState.Recorded => AssetCount.None,
    };

    /// <summary>Whether an asset in that state is one of the event's <c>AssetsTotal</c>: it is, or was, to be fetched.</summary>
    public static bool IsInTotal(this AssetState state) => state switch
    {
        AssetState.Pending => true,
        AssetState.Downloading => true,
        AssetState.Retrying => true,
        AssetState.Stored => true,
        AssetState.Failed => true,
        AssetState.Recorded => false,
    };

    /// <summary>Whether nothing more happens to the asset without an operator.</summary>
    public static bool IsFinal(this AssetState state) => state switch
    {
        AssetState.Pending => false,
        AssetState.Downloading => false,
        AssetState.Retrying => false,
        AssetState.Stored => true,
        AssetState.Failed => true,
        AssetState.Recorded => true,
    };

    /// <summary>Whether replaying a dead letter begins the asset again; otherwise its work is done.</summary>
    public static bool IsReplayable(this AssetState state) => state switch
    {
        AssetState.Pending => true,
        AssetState.Downloading => true,
        AssetState.Retrying => true,
        AssetState.Stored => false,
        AssetState.Failed => true,
        AssetState.Recorded => false,
    };

    /// <summary>Whether refetching the event begins the asset again; otherwise it is in progress, or was never to be fetched.</summary>
    public static bool IsRefetchable(this AssetState state) => state switch
    {
        AssetState.Pending => false,
        AssetState.Downloading => false,
        AssetState.Retrying => false,
        AssetState.Stored => true,
        AssetState.Failed => true,
        // Only where the event, read again, has something to fetch for it: the key that was missing is there.
        AssetState.Recorded => true,
    };
#pragma warning restore CS8524
}
