using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Sync;

/// <summary>
/// Asks the API what became of a generation, <c>GET /v2/generate/{id}</c>, for webhooks that never came: no retries of them are documented.
/// A batch cannot be asked for: the document at hand names no address for it.
/// </summary>
public sealed class SyncJobs(ProviderApi api)
{
    private static readonly string[] Paths = ["id", "status", "model", "error", "error_code", "errorCode", "outputUrl", "segmentOutputUrl"];

    /// <summary>What the API tells of a generation.</summary>
    /// <exception cref="HttpRequestException">The API is away.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string id, CancellationToken cancellationToken)
    {
        if (!ApiOrigin.IsSegment(id))
        {
            return new Confirmation.Denied("The job's id is none that the provider's API could have made.");
        }

        var answer = await api.GetAsync($"v2/generate/{id}", Paths, cancellationToken);
        return answer.ToConfirmation(job => Read(id, job));
    }

    private static Confirmation Read(string id, JsonFields job)
    {
        if (job.First("id") is { } found && SyncProvider.JobIdOf(found) != id)
        {
            return new Confirmation.Denied("The provider's API answered with another job.");
        }

        var word = job.First("status");
        var status = SyncProvider.Status(word);
        return Confirmation.Confirmed(new GenerationEvent
        {
            EventType = RecoveredEvent.EventType,
            JobId = id,
            Status = status,
            ProviderStatus = word,
            ErrorCode = NotEmpty(job.First("error_code", "errorCode")),
            ErrorMessage = NotEmpty(job.First("error")),
            Model = job.First("model"),
            Assets = status == JobStatus.Succeeded ? SyncProvider.Outputs(job.First("outputUrl"), job.First("segmentOutputUrl")) : [],
        });
    }

    // Empty texts stand for "none".
    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
