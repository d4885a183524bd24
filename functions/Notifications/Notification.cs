using System.Text.Json;
using System.Text.Json.Serialization;

namespace WebhookFunctions.Notifications;

/// <summary>Notification that is sent to every target as a CloudEvent
/// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md).</summary>
/// <remarks>All deliveries of one id are the same except for the links and their expiry. <c>notification.schema.json</c> describes it.</remarks>
public sealed record Notification
{
    /// <summary>The schema of <see cref="Data"/>. A breaking change increments the number.</summary>
    public const string Schema = "urn:webhookfunctions:notification:1";

    /// <summary>The media type of the whole CloudEvent.</summary>
    public const string MediaType = "application/cloudevents+json";

    [JsonPropertyOrder(-1)]
    public string Specversion { get; } = "1.0";

    /// <summary>The notification's id, a pure function of the event and its outcome.</summary>
    public required string Id { get; init; }

    /// <summary>The provider.</summary>
    public required string Source { get; init; }

    /// <summary>The type, such as <c>webhookfunctions.job.succeeded</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The job.</summary>
    public required string Subject { get; init; }

    /// <summary>When the event ended, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    public string Datacontenttype { get; } = "application/json";

    public string Dataschema { get; } = Schema;

    public required NotificationData Data { get; init; }

    /// <summary>Returns the whole CloudEvent as JSON, in UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, NotificationJson.Default.Notification);

    /// <summary>Returns <see cref="Data"/> as JSON, in UTF-8.</summary>
    public byte[] DataToJson() => JsonSerializer.SerializeToUtf8Bytes(Data, NotificationJson.Default.NotificationData);
}

/// <summary>Content of a notification: a job and its files. It contains no link of the provider and no secret.</summary>
public sealed record NotificationData
{
    public required string Provider { get; init; }

    public required string JobId { get; init; }

    /// <summary>The job's status in the app's vocabulary, as in the notification's type. For progress it is <c>unknown</c>, <c>queued</c> or
    /// <c>running</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The provider's own name of the status.</summary>
    public string? ProviderStatus { get; init; }

    /// <summary>How far the content is proven: <c>signed</c>, <c>confirmed</c> or <c>unconfirmed</c>.</summary>
    public required string Assurance { get; init; }

    public string? Model { get; init; }

    /// <summary>The error at the provider; null if there was none.</summary>
    public NotificationError? Error { get; init; }

    /// <summary>The caller's data that was attached to the job, as text; null if there is none.</summary>
    public string? UserMetadata { get; init; }

    public required NotificationEvent Event { get; init; }

    public required NotificationCounts Counts { get; init; }

    /// <summary>The first assets, 100 at most.</summary>
    public required IReadOnlyList<NotificationAsset> Assets { get; init; }

    /// <summary>Whether the event has more assets than <see cref="Assets"/> lists.</summary>
    public required bool MoreAssets { get; init; }

    /// <summary>The path and query at which this app's API returns all assets. It requires a function key.</summary>
    public required string Path { get; init; }

    /// <summary>When the links expire, UTC; null if there are none.</summary>
    public DateTimeOffset? LinksExpireAt { get; init; }
}

/// <summary>Error at the provider, as the provider reports it.</summary>
public sealed record NotificationError(string? Code, string? Message);

/// <summary>Event that caused the notification.</summary>
/// <param name="Space">The id space; the provider's name by default.</param>
/// <param name="Id">The webhook's id.</param>
/// <param name="Type">The provider's name of the event type.</param>
/// <param name="State">How it ended here: <c>completed</c>, <c>completedWithFailures</c> or <c>recorded</c> (nothing to fetch).</param>
/// <param name="ReceivedAt">When it was received, UTC.</param>
public sealed record NotificationEvent(string Space, string Id, string? Type, string State, DateTimeOffset ReceivedAt);

/// <summary>Counts of the assets that were to be fetched, and of their results.</summary>
public sealed record NotificationCounts(int Total, int Stored, int Failed);

/// <summary>Asset of the job.</summary>
/// <param name="Name">Its name, unique in the event.</param>
/// <param name="State"><c>stored</c>, <c>failed</c>, or <c>recorded</c> (not fetched).</param>
/// <param name="Reason">Why there is no blob; null if there is one.</param>
/// <param name="Blob">The blob's name in container <c>assets</c>.</param>
/// <param name="Bytes">The blob's length, in bytes.</param>
/// <param name="Sha256">The blob's SHA-256, in lower-case hex.</param>
/// <param name="ContentType">The blob's media type.</param>
public sealed record NotificationAsset(
    string Name, string State, string? Reason, string? Blob, long? Bytes, string? Sha256, string? ContentType)
{
    /// <summary>A link to the blob, created for this attempt; null if links are not configured.</summary>
    public Uri? Link { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Notification))]
internal sealed partial class NotificationJson : JsonSerializerContext;
