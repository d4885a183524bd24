using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>
/// Asks the API what became of a job, for events whose signature shows only that Google sent something to somebody: whoever catches one token can
/// sign any event with it for minutes. State and results are then the API's, not the body's.
/// Documents: https://ai.google.dev/api/batch-api, …/api/interactions-api, …/gemini-api/docs/video.
/// </summary>
public sealed class GeminiJobs(ProviderApi api, GeminiResults results)
{
    private const string VideoFile = "response.generateVideoResponse.generatedSamples.*.video.uri";

    private static readonly string[] Paths =
    [
        "done", "error.code", "error.message", "state", "metadata.state", "status", .. GeminiResults.BatchFilePaths, VideoFile,
    ];

    /// <summary>Replaces what the event says by what the API says.</summary>
    /// <exception cref="HttpRequestException">The API is away, or does not call the job finished yet.</exception>
    public async ValueTask<Confirmation> ConfirmAsync(GenerationEvent said, CancellationToken cancellationToken)
    {
        var found = await FindAsync(said, cancellationToken);
        // The event may have overtaken the state. A forged event for a job under way waits here too, until it is given up or true.
        return found.Event is { Status: JobStatus.Queued or JobStatus.Running }
            ? throw new HttpRequestException("The API does not call the job finished.")
            : found;
    }

    /// <summary>What the API tells of a job, whose id says what it is: an operation, a batch or, without a word for it, either of the two that can be.</summary>
    /// <exception cref="HttpRequestException">The API is away.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string id, CancellationToken cancellationToken)
    {
        string[] kinds = GeminiResults.OperationPath(id) is not null ? ["video."]
            : id.StartsWith("batches/", StringComparison.Ordinal) ? ["batch."]
            : id.StartsWith("interactions/", StringComparison.Ordinal) ? ["interaction."]
            : ["batch.", "interaction."];
        var found = Confirmation.Denied("The job's id is none that the API could have made.");
        foreach (var kind in kinds)
        {
            found = await FindAsync(new GenerationEvent { EventType = kind, JobId = id }, cancellationToken);
            if (found.Event is { Status: not JobStatus.Unconfirmed } said)
            {
                return Confirmation.Confirmed(said with { EventType = RecoveredEvent.EventType, Note = null });
            }
        }

        return found.Event is { Note: { } note } ? Confirmation.Denied(note) : found;
    }

    private async ValueTask<Confirmation> FindAsync(GenerationEvent said, CancellationToken cancellationToken)
    {
        if (said.JobId is not { } id || Resource(said.EventType, id) is not { } resource)
        {
            return Unconfirmed(said, "The API cannot be asked for the job: the event does not name it in a way that it knows.");
        }

        var answer = await api.GetAsync($"v1beta/{resource}", Paths, cancellationToken);
        if (answer.IsDenied)
        {
            return Confirmation.Denied(answer.Denial);
        }

        var job = answer.Fields;
        var word = job.First("metadata.state", "state", "status");
        var status = Status(word, job);
        return status switch
        {
            JobStatus.Unknown => Unconfirmed(said, "The API's answer gives the job no state that is known."),
            _ => Confirmation.Confirmed(said with
            {
                Status = status,
                ProviderStatus = word ?? said.ProviderStatus,
                ErrorCode = status == JobStatus.Failed ? job.First("error.code") ?? said.ErrorCode : null,
                ErrorMessage = status == JobStatus.Failed ? job.First("error.message") ?? said.ErrorMessage : null,
                Assets = status is JobStatus.Succeeded or JobStatus.NeedsAction ? Results(said.EventType, id, status, job) : [],
                Note = status == said.Status ? null : $"The event tells of another state ({said.Status}) than the API.",
            }),
        };
    }

    /// <summary>The event as it is, with its final state marked as nobody's word but the body's.</summary>
    public static Confirmation Unconfirmed(GenerationEvent said, string why) =>
        Confirmation.Confirmed(said with { Status = JobStatus.Unconfirmed, Note = said.Note is null ? why : $"{why} {said.Note}" });

    private static string? Resource(string type, string id) => type[..Math.Max(0, type.IndexOf('.', StringComparison.Ordinal))] switch
    {
        "batch" => GeminiResults.Path("batches", id),
        "interaction" => GeminiResults.Path("interactions", id),
        "video" => GeminiResults.OperationPath(id),
        _ => null,
    };

    private IReadOnlyList<AssetSource> Results(string type, string id, JobStatus status, JsonFields job)
    {
        if (type.StartsWith("interaction.", StringComparison.Ordinal))
        {
            return [results.Interaction(id, needsAction: status == JobStatus.NeedsAction)];
        }

        if (type.StartsWith("batch.", StringComparison.Ordinal))
        {
            return [job.First(GeminiResults.BatchFilePaths) is { } file ? results.BatchFile(file) : results.Batch(id)];
        }

        return [.. job.All(VideoFile).Select((link, i) => results.Video(link, i))];
    }

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
