using System.Text.Json;
using System.Text.Json.Serialization;

namespace WebhookFunctions.Notifications;

/// <summary>A notification as every target gets it: a CloudEvent (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md).</summary>
/// <remarks>Deliveries of one id are equal but for links and their time. <c>notification.schema.json</c> describes it.</remarks>
public sealed record Notification
{
    /// <summary>The schema of <see cref="Data"/>. A change that is not an addition has another number.</summary>
    public const string Schema = "urn:webhookfunctions:notification:1";

    /// <summary>The media type of the whole.</summary>
    public const string MediaType = "application/cloudevents+json";

    [JsonPropertyOrder(-1)]
    public string Specversion { get; } = "1.0";

    /// <summary>A pure function of the event and of its outcome.</summary>
    public required string Id { get; init; }

    /// <summary>The provider.</summary>
    public required string Source { get; init; }

    /// <summary>What happened: <c>webhookfunctions.job.succeeded</c> and others.</summary>
    public required string Type { get; init; }

    /// <summary>The job.</summary>
    public required string Subject { get; init; }

    /// <summary>When the event ended, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    public string Datacontenttype { get; } = "application/json";

    public string Dataschema { get; } = Schema;

    public required NotificationData Data { get; init; }

    /// <summary>The whole as JSON, in UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, NotificationJson.Default.Notification);

    /// <summary><see cref="Data"/> as JSON, in UTF-8.</summary>
    public byte[] DataToJson() => JsonSerializer.SerializeToUtf8Bytes(Data, NotificationJson.Default.NotificationData);
}

/// <summary>What a notification says of a job and its files. It holds no link of the provider and no secret.</summary>
public sealed record NotificationData
{
    public required string Provider { get; init; }

    public required string JobId { get; init; }

    /// <summary>The job's status in the app's vocabulary, as in the notification's type; of progress <c>unknown</c>, <c>queued</c> or <c>running</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The provider's own word for it.</summary>
    public string? ProviderStatus { get; init; }

    /// <summary>How far all of this is proven: <c>signed</c>, <c>confirmed</c> or <c>unconfirmed</c>.</summary>
    public required string Assurance { get; init; }

    public string? Model { get; init; }

    /// <summary>What went wrong at the provider; null where nothing did.</summary>
    public NotificationError? Error { get; init; }

    /// <summary>What the caller attached to the job, as a text; null where nothing is known.</summary>
    public string? UserMetadata { get; init; }

    public required NotificationEvent Event { get; init; }

    public required NotificationCounts Counts { get; init; }

    /// <summary>The first assets, 100 at most.</summary>
    public required IReadOnlyList<NotificationAsset> Assets { get; init; }

    /// <summary>Whether there are more assets than these.</summary>
    public required bool MoreAssets { get; init; }

    /// <summary>Where this app's API answers all assets: a path with its query, which needs a function key.</summary>
    public required string Path { get; init; }

    /// <summary>When the links expire, UTC; null where there are none.</summary>
    public DateTimeOffset? LinksExpireAt { get; init; }
}

/// <summary>What went wrong at the provider, in its own words.</summary>
public sealed record NotificationError(string? Code, string? Message);

/// <summary>The webhook that the notification came of.</summary>
/// <param name="Space">The id space; the provider's name by default.</param>
/// <param name="Id">The webhook's id.</param>
/// <param name="Type">The provider's name of the event.</param>
/// <param name="State">How it ended here: <c>completed</c>, <c>completedWithFailures</c> or <c>recorded</c> (nothing to fetch).</param>
/// <param name="ReceivedAt">When it was received, UTC.</param>
public sealed record NotificationEvent(string Space, string Id, string? Type, string State, DateTimeOffset ReceivedAt);

/// <summary>How many assets were to be fetched, and what became of them.</summary>
public sealed record NotificationCounts(int Total, int Stored, int Failed);

/// <summary>A file.</summary>
/// <param name="Name">Its name, unique in the event.</param>
/// <param name="State"><c>stored</c>, <c>failed</c>, or <c>recorded</c> (not fetched).</param>
/// <param name="Reason">Why there is no blob; null where there is one.</param>
/// <param name="Blob">The blob in container <c>assets</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">In lower-case hex.</param>
/// <param name="ContentType">Its media type.</param>
public sealed record NotificationAsset(
    string Name, string State, string? Reason, string? Blob, long? Bytes, string? Sha256, string? ContentType)
{
    /// <summary>A link to the blob, which this attempt made; null where none are asked for.</summary>
    public Uri? Link { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Notification))]
internal sealed partial class NotificationJson : JsonSerializerContext;
