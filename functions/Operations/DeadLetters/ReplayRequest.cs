namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>Request body that names the dead letters to replay: all, or some by their sequence numbers, because message ids may repeat among dead
/// letters.</summary>
public sealed record ReplayRequest
{
    public const string Expected = """Send {"sequenceNumbers":[1,2]} or {"all":true} as JSON.""";

    public IReadOnlyList<long>? SequenceNumbers { get; init; }

    public bool All { get; init; }

    /// <summary>Whether exactly one of the two properties is set.</summary>
    public bool IsValid => All ? SequenceNumbers is null : SequenceNumbers is { Count: > 0 };
}
