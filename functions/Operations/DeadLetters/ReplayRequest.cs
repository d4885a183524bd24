namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>Request body that names the dead letters to replay: some, by their sequence numbers (message ids may repeat there), or all.</summary>
public sealed record ReplayRequest
{
    public const string Expected = """Send {"sequenceNumbers":[1,2]} or {"all":true} as JSON.""";

    public IReadOnlyList<long>? SequenceNumbers { get; init; }

    public bool All { get; init; }

    /// <summary>Returns whether it says exactly one of the two.</summary>
    public bool IsSound => All ? SequenceNumbers is null : SequenceNumbers is { Count: > 0 };
}
