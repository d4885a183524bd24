namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>Which dead letters to replay: some by their sequence numbers (message ids repeat there), or all.</summary>
public sealed record ReplayRequest
{
    public const string Expected = """Send {"sequenceNumbers":[1,2]} or {"all":true} as JSON.""";

    public IReadOnlyList<long>? SequenceNumbers { get; init; }

    public bool All { get; init; }

    /// <summary>Whether it says one of the two, and not both.</summary>
    public bool IsSound => All ? SequenceNumbers is null : SequenceNumbers is { Count: > 0 };
}
