using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>
/// Reader of the API's view of a job, for events whose signature shows only that Google sent something to somebody. State and results are then the
/// API's, not the body's. Documents: https://ai.google.dev/api/batch-api, …/api/interactions-api, …/gemini-api/docs/video.
/// </summary>
public sealed class GeminiJobs(ProviderApi api, GeminiResults results)
{
    private const string VideoFile = "response.generateVideoResponse.generatedSamples.*.video.uri";

    // Why the API withholds generated videos.
    private const string Filtered = "response.generateVideoResponse.raiMediaFilteredReasons.*";

    private static readonly string[] Paths =
    [
        "done", "error.code", "error.message", "state", "metadata.state", "status", "model", "metadata.model", .. GeminiResults.BatchFilePaths, VideoFile, Filtered,
    ];

    /// <summary>Kind of a job, determined by its id or else by the event's type.</summary>
    private enum Kind
    {
        Video,
        Batch,
        Interaction,
    }

    /// <summary>Confirms an event with the API's view of its job.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken)
    {
        // The id as it was sent, because its collection prefix identifies the kind if the type does not.
        if ((received.Body.Child("data").Text("id") ?? generation.JobId) is not { } id || KindOf(generation.EventType, id) is not { } kind || PathOf(kind, id) is not { } path)
        {
            return new Confirmation.Unsupported("The API cannot be asked about the job: the event does not name it in a form that the API knows.");
        }

        var answer = await api.ConfirmAsync(received, path, Paths, cancellationToken);
        var found = answer.ToConfirmation((JsonFields job) => Read(generation.EventType, id, kind, job));
        return (found as Confirmation.Believed)?.Event switch
        {
            // The event may have arrived before the API's state changed. A forged event for a running job waits here too, until it expires or
            // becomes true.
            { Status: JobStatus.Queued or JobStatus.Running } when generation.Status.IsFinal() || generation.Status == JobStatus.NeedsAction =>
                new Confirmation.Unfinished("The API does not report the job as finished."),
            { Status: JobStatus.Succeeded, Assets: [], Note: null } => new Confirmation.Unfinished("The API reports the job as a success but names no result yet."),
            { } job when generation.Status != JobStatus.Unknown && generation.Status != job.Status => Confirmation.Confirmed(
                job with { Note = $"The event reports another state ({generation.Status}) than the API." }),
            _ => found,
        };
    }

    /// <summary>Reads a job, whose id determines its kind: an operation, a batch or, if the id does not say, any kind that is possible.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string id, CancellationToken cancellationToken)
    {
        id = GeminiResults.ResourceName(id);
        Confirmation found = new Confirmation.Denied("The job's id is not valid for the API, so the API cannot be asked about it.");
        foreach (var kind in KindOf("", id) is { } only ? (Kind[])[only] : [Kind.Batch, Kind.Interaction, Kind.Video])
        {
            if (PathOf(kind, id) is not { } path)
            {
                continue;
            }

            var answer = await api.GetAsync(path, Paths, cancellationToken);
            found = answer.ToConfirmation((JsonFields job) => Read(RecoveredEvent.EventType, id, kind, job));
            if (found is Confirmation.Believed)
            {
                return found;
            }
        }

        return found;
    }

    private static Kind? KindOf(string type, string id) =>
        GeminiResults.OperationPath(id) is not null ? Kind.Video
        : id.StartsWith("batches/", StringComparison.Ordinal) ? Kind.Batch
        : id.StartsWith("interactions/", StringComparison.Ordinal) ? Kind.Interaction
        : type.StartsWith("batch.", StringComparison.Ordinal) ? Kind.Batch
        : type.StartsWith("interaction.", StringComparison.Ordinal) ? Kind.Interaction
        : null;

    private static string? PathOf(Kind kind, string id)
    {
        var resource = kind switch
        {
            Kind.Video => GeminiResults.OperationPath(id) ?? GeminiResults.OperationPath($"operations/{id}"),
            Kind.Batch => GeminiResults.Path("batches", id),
            _ => GeminiResults.Path("interactions", id),
        };
        return resource is null ? null : $"v1beta/{resource}";
    }

    private Confirmation Read(string eventType, string id, Kind kind, JsonFields job)
    {
        var providerStatus = job.First("metadata.state", "state", "status");
        var status = Status(providerStatus, job);
        return status == JobStatus.Unknown ? new Confirmation.Denied("The API reports an unknown state of the job.") : Confirmation.Confirmed(new GenerationEvent
        {
            EventType = eventType,
            JobId = GeminiResults.JobId(id),
            Status = status,
            // Operations have no other name for their state.
            ProviderStatus = providerStatus ?? (job.First("done") == "true" ? "done" : null),
            ErrorCode = status == JobStatus.Failed ? job.First("error.code") : null,
            ErrorMessage = status == JobStatus.Failed ? job.First("error.message") : null,
            Model = job.First("model", "metadata.model"),
            Assets = status is JobStatus.Succeeded or JobStatus.NeedsAction ? Results(kind, id, status, job) : [],
            Note = status == JobStatus.Succeeded && job.First(Filtered) is { } reason ? $"The API withholds results: {reason}" : null,
        });
    }

    private IReadOnlyList<AssetSource> Results(Kind kind, string id, JobStatus status, JsonFields job) => kind switch
    {
        Kind.Interaction => [results.Interaction(id, needsAction: status == JobStatus.NeedsAction)],
        Kind.Batch => [job.First(GeminiResults.BatchFilePaths) is { } file ? results.BatchFile(file) : results.Batch(id)],
        _ => [.. job.All(VideoFile).Select((link, i) => results.Video(link, i))],
    };

    // Batches: BATCH_STATE_… (JOB_STATE_… in older answers). Interactions: lower case. Operations: done, with or without an error.
    private static JobStatus Status(string? providerStatus, JsonFields job)
    {
        const string Prefix = "STATE_";
        var prefix = providerStatus?.IndexOf(Prefix, StringComparison.Ordinal) ?? -1;
        return providerStatus?[(prefix < 0 ? 0 : prefix + Prefix.Length)..].ToUpperInvariant() switch
        {
            "SUCCEEDED" or "COMPLETED" => JobStatus.Succeeded,
            "FAILED" => JobStatus.Failed,
            "CANCELLED" => JobStatus.Cancelled,
            "EXPIRED" => JobStatus.Expired,
            "REQUIRES_ACTION" => JobStatus.NeedsAction,
            "PENDING" or "QUEUED" => JobStatus.Queued,
            "RUNNING" or "IN_PROGRESS" => JobStatus.Running,
            null when job.First("done") == "true" => job.First("error.code", "error.message") is null ? JobStatus.Succeeded : JobStatus.Failed,
            // The field is absent in an operation that is not done.
            null => JobStatus.Running,
            _ => JobStatus.Unknown,
        };
    }
}
