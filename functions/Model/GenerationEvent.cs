using System.Text.Json.Serialization;

namespace WebhookFunctions.Model;

/// <summary>What a webhook says, in one vocabulary over all providers.</summary>
public sealed record GenerationEvent
{
    /// <summary>The <see cref="EventType"/> of an event that does not say what it is.</summary>
    public const string UnknownType = "unknown";

    /// <summary>The provider's name of the event, as it came.</summary>
    public required string EventType { get; init; }

    /// <summary>
    /// The generation, batch or interaction, in its one canonical spelling; null where the event names none. It is bounded as
    /// <see cref="BoundJobId"/> says.
    /// </summary>
    public string? JobId
    {
        get;
        init => field = value is null ? null : BoundJobId(value);
    }

    /// <summary>The job's id as it was sent, by which the provider's API can be asked; null where that is <see cref="JobId"/>.</summary>
    public string? SentJobId { get; init; }

    /// <summary>
    /// Returns a job's id, cut to its key (its first characters and a digest) if it is longer than a webhook id may be. It goes into messages, whose
    /// size is limited.
    /// </summary>
    public static string BoundJobId(string jobId) => jobId.Length > EventKey.MaxWebhookIdLength ? KeyEncoding.Encode(jobId) : jobId;

    /// <summary>Returns the job's id, or the webhook id of <paramref name="key"/> if the event names no job.</summary>
    public string JobIdOr(EventKey key) => JobId ?? key.WebhookId;

    /// <summary>How far it is proven. Never read from an event's body.</summary>
    [JsonIgnore]
    public Assurance Assurance { get; init; }

    /// <summary>How far the job is.</summary>
    public JobStatus Status { get; init; }

    /// <summary>The provider's own word for it.</summary>
    public string? ProviderStatus { get; init; }

    /// <summary>The provider's code for what went wrong; null where nothing did.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The provider's words for what went wrong; null where nothing did.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>The model that generated.</summary>
    public string? Model { get; init; }

    /// <summary>When it happened by the provider's own clock, UTC; null where the event does not say.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>What is to be fetched, in the order in which the event names it.</summary>
    public IReadOnlyList<AssetSource> Assets { get; init; } = [];

    /// <summary>Further columns of the event's row (name, value), bounded by the provider that sets them.</summary>
    public IReadOnlyDictionary<string, object> EventColumns { get; init; } = new Dictionary<string, object>();

    /// <summary>Further columns of the job's row (name, value), bounded by the provider that sets them.</summary>
    public IReadOnlyDictionary<string, object> JobColumns { get; init; } = new Dictionary<string, object>();

    /// <summary>The setting that is missing for a result to be fetched; null where none is. The event can be found by it, and fetched once it is set.</summary>
    [JsonIgnore]
    public string? WaitsFor { get; init; }

    /// <summary>Whether the event tells of a success that always has a result, and names none: the provider's API may know it.</summary>
    [JsonIgnore]
    public bool LacksResult { get; init; }

    /// <summary>Why nothing is fetched although something might be expected, in words for a person.</summary>
    public string? Note { get; init; }
}
