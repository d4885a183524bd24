namespace WebhookFunctions.Model;

/// <summary>Values that all assets of an event share.</summary>
public sealed record AssetOrigin(EventKey Event, string JobId, Assurance Assurance, DateTimeOffset ReceivedAt)
{
    /// <summary>Whether the event is the first of its job, so that no other event has brought the same assets.</summary>
    public bool IsFirstOfJob { get; init; }

    /// <summary>Returns the values that the assets of a received event share, given the interpreted event.</summary>
    public static AssetOrigin From(ReceivedEvent received, GenerationEvent generation) =>
        new(received.Key, generation.JobIdOr(received.Key), generation.Assurance, received.ReceivedAt);
}
