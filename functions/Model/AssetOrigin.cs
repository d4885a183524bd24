namespace WebhookFunctions.Model;

/// <summary>What every asset of an event has in common.</summary>
public sealed record AssetOrigin(EventKey Event, string JobId, Assurance Assurance, DateTimeOffset ReceivedAt);
