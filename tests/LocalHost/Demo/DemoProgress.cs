namespace LocalHost.Demo;

/// <summary>How far the webhooks, their events and their assets are.</summary>
internal readonly record struct DemoProgress
{
    /// <summary>How many requests have been answered.</summary>
    public int Sent { get; init; }

    /// <summary>How many requests there are.</summary>
    public int Webhooks { get; init; }

    public int EventsEnded { get; init; }

    public int Events { get; init; }

    public int AssetsEnded { get; init; }

    public int Assets { get; init; }
}
