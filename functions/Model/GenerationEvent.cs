using System.Text.Json.Serialization;

namespace WebhookFunctions.Model;

/// <summary>Content of a webhook, in one vocabulary over all providers.</summary>
public sealed record GenerationEvent
{
    /// <summary>The <see cref="EventType"/> of an event that does not name its type.</summary>
    public const string UnknownType = "unknown";

    /// <summary>The provider's name of the event type, as received.</summary>
    public required string EventType { get; init; }

    /// <summary>
    /// The id of the generation, batch or interaction, in its canonical spelling; null if the event names none. It is bounded as
    /// <see cref="BoundJobId"/> says.
    /// </summary>
    public string? JobId
    {
        get;
        init => field = value is null ? null : BoundJobId(value);
    }

    /// <summary>The job's id as it was sent, which the provider's API expects; null if it equals <see cref="JobId"/>.</summary>
    public string? SentJobId { get; init; }

    /// <summary>
    /// Returns a job's id. One that is longer than a webhook id may be is cut to its key (its first characters and a digest), because it goes into
    /// messages of limited size.
    /// </summary>
    public static string BoundJobId(string jobId) => jobId.Length > EventKey.MaxWebhookIdLength ? KeyEncoding.Encode(jobId) : jobId;

    /// <summary>The webhook id in the canonical spelling of job ids, which stands in for the job of an event that names none.</summary>
    [JsonIgnore]
    public string? StandInJobId { get; init; }

    /// <summary>Returns the job's id. If the event names no job, returns <see cref="StandInJobId"/> or, if that is unknown, the webhook id of
    /// <paramref name="key"/>.</summary>
    public string JobIdOr(EventKey key) => JobId ?? StandInJobId ?? key.WebhookId;

    /// <summary>How far the content is proven. Never read from the body.</summary>
    [JsonIgnore]
    public Assurance Assurance { get; init; }

    /// <summary>The job's status.</summary>
    public JobStatus Status { get; init; }

    /// <summary>The provider's own name of the status.</summary>
    public string? ProviderStatus { get; init; }

    /// <summary>The provider's error code; null if there was no error.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The provider's error message; null if there was no error.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>The model that generated the result.</summary>
    public string? Model { get; init; }

    /// <summary>When the event happened by the provider's clock, UTC; null if the event does not say.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>The assets, in the order in which the event names them.</summary>
    public IReadOnlyList<AssetSource> Assets { get; init; } = [];

    /// <summary>Further columns of the event's row (name, value), bounded by the provider that sets them.</summary>
    public IReadOnlyDictionary<string, object> EventColumns { get; init; } = new Dictionary<string, object>();

    /// <summary>Further columns of the job's row (name, value), bounded by the provider that sets them.</summary>
    public IReadOnlyDictionary<string, object> JobColumns { get; init; } = new Dictionary<string, object>();

    /// <summary>The setting that is missing for a result to be fetched; null if none is. The event can be found by it, and refetched once it is
    /// set.</summary>
    [JsonIgnore]
    public string? WaitsFor { get; init; }

    /// <summary>Whether the event reports a success that always has a result, but names none. The provider's API may know the result.</summary>
    [JsonIgnore]
    public bool LacksResult { get; init; }

    /// <summary>Why nothing is fetched although a result might be expected, as text for an operator.</summary>
    public string? Note { get; init; }
}
