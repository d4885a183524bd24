using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>
/// Asks the API what became of a job, for events whose signature shows only that Google sent something to somebody. State and results are then the
/// API's, not the body's.
/// Documents: https://ai.google.dev/api/batch-api, …/api/interactions-api, …/gemini-api/docs/video.
/// </summary>
public sealed class GeminiJobs(ProviderApi api, GeminiResults results)
{
    private const string VideoFile = "response.generateVideoResponse.generatedSamples.*.video.uri";

    // Why the API holds back videos that were made.
    private const string Filtered = "response.generateVideoResponse.raiMediaFilteredReasons.*";

    private static readonly string[] Paths =
    [
        "done", "error.code", "error.message", "state", "metadata.state", "status", "model", "metadata.model", .. GeminiResults.BatchFilePaths, VideoFile, Filtered,
    ];

    /// <summary>What a job is, which its id says or, where it does not, the event's type.</summary>
    private enum Kind
    {
        Video,
        Batch,
        Interaction,
    }

    /// <summary>What the API says of an event's job.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken)
    {
        // As it was sent: the collection in front of it says what the job is, where the type does not.
        if ((received.Body.Child("data").Text("id") ?? generation.JobId) is not { } id || KindOf(generation.EventType, id) is not { } kind || PathOf(kind, id) is not { } path)
        {
            return new Confirmation.Unaskable("The API cannot be asked for the job: the event does not name it in a way that it knows.");
        }

        var answer = await api.ConfirmAsync(received, path, Paths, cancellationToken);
        var found = answer.ToConfirmation((JsonFields job) => Read(generation.EventType, id, kind, job));
        return (found as Confirmation.Believed)?.Event switch
        {
            // The event may have overtaken the state. A forged event for a job under way waits here too, until it expires or becomes true.
            { Status: JobStatus.Queued or JobStatus.Running } when generation.Status.IsFinal() || generation.Status == JobStatus.NeedsAction =>
                new Confirmation.Unfinished("The API does not call the job finished."),
            { Status: JobStatus.Succeeded, Assets: [], Note: null } => new Confirmation.Unfinished("The API calls the job a success and names no result yet."),
            { } job when generation.Status != JobStatus.Unknown && generation.Status != job.Status => Confirmation.Confirmed(
                job with { Note = $"The event tells of another state ({generation.Status}) than the API." }),
            _ => found,
        };
    }

    /// <summary>What the API tells of a job, whose id says what it is: an operation, a batch or, without a word for it, any of those that can be.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string id, CancellationToken cancellationToken)
    {
        id = GeminiResults.ResourceName(id);
        Confirmation found = new Confirmation.Denied("The job's id is not one that the API could have made, so the API cannot be asked for it.");
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
        var word = job.First("metadata.state", "state", "status");
        var status = Status(word, job);
        return status == JobStatus.Unknown ? new Confirmation.Denied("The API's answer gives the job no state that is known.") : Confirmation.Confirmed(new GenerationEvent
        {
            EventType = eventType,
            JobId = GeminiResults.JobId(id),
            Status = status,
            // An operation has no other word for its state.
            ProviderStatus = word ?? (job.First("done") == "true" ? "done" : null),
            ErrorCode = status == JobStatus.Failed ? job.First("error.code") : null,
            ErrorMessage = status == JobStatus.Failed ? job.First("error.message") : null,
            Model = job.First("model", "metadata.model"),
            Assets = status is JobStatus.Succeeded or JobStatus.NeedsAction ? Results(kind, id, status, job) : [],
            Note = status == JobStatus.Succeeded && job.First(Filtered) is { } reason ? $"The API holds results back: {reason}" : null,
        });
    }

    private IReadOnlyList<AssetSource> Results(Kind kind, string id, JobStatus status, JsonFields job) => kind switch
    {
        Kind.Interaction => [results.Interaction(id, needsAction: status == JobStatus.NeedsAction)],
        Kind.Batch => [job.First(GeminiResults.BatchFilePaths) is { } file ? results.BatchFile(file) : results.Batch(id)],
        _ => [.. job.All(VideoFile).Select((link, i) => results.Video(link, i))],
    };

    // Batches: BATCH_STATE_… (JOB_STATE_… in older answers). Interactions: lower case. Operations: done, with an error or without.
    private static JobStatus Status(string? word, JsonFields job)
    {
        const string Prefix = "STATE_";
        var prefix = word?.IndexOf(Prefix, StringComparison.Ordinal) ?? -1;
        return word?[(prefix < 0 ? 0 : prefix + Prefix.Length)..].ToUpperInvariant() switch
        {
            "SUCCEEDED" or "COMPLETED" => JobStatus.Succeeded,
            "FAILED" => JobStatus.Failed,
            "CANCELLED" => JobStatus.Cancelled,
            "EXPIRED" => JobStatus.Expired,
            "REQUIRES_ACTION" => JobStatus.NeedsAction,
            "PENDING" or "QUEUED" => JobStatus.Queued,
            "RUNNING" or "IN_PROGRESS" => JobStatus.Running,
            null when job.First("done") == "true" => job.First("error.code", "error.message") is null ? JobStatus.Succeeded : JobStatus.Failed,
            // An operation that is not done leaves the word out.
            null => JobStatus.Running,
            _ => JobStatus.Unknown,
        };
    }
}
