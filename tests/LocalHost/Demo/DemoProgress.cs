namespace LocalHost.Demo;

/// <summary>Progress of the demo's requests, events and assets.</summary>
internal readonly record struct DemoProgress
{
    /// <summary>The number of answered requests.</summary>
    public int Sent { get; init; }

    /// <summary>The number of requests.</summary>
    public int Webhooks { get; init; }

    public int EventsEnded { get; init; }

    public int Events { get; init; }

    public int AssetsEnded { get; init; }

    public int Assets { get; init; }
}
