namespace WebhookFunctions.Model;

/// <summary>What every asset of an event has in common.</summary>
public sealed record AssetOrigin(EventKey Event, string JobId, Assurance Assurance, DateTimeOffset ReceivedAt)
{
    /// <summary>Whether no other event of the job was recorded before, so that none has brought its assets.</summary>
    public bool IsFirstOfJob { get; init; }

    /// <summary>Returns what the assets of a received event have in common, given what the event says.</summary>
    public static AssetOrigin Of(ReceivedEvent received, GenerationEvent generation) =>
        new(received.Key, generation.JobIdOr(received.Key), generation.Assurance, received.ReceivedAt);
}
