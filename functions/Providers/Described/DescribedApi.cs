using System.Text.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Described;

/// <summary>Client of a described service's API that reads its records of jobs, with this deployment's key.</summary>
internal sealed class DescribedApi(ServiceDescription service, ServiceApi described, ApiOrigin origin, ApiKey key, ProviderApi api)
{
    private const string NotItsId = "The job's id is not valid for the provider's API.";

    /// <summary>Adds the key to a request if it goes to the API.</summary>
    public void Authorize(HttpRequestMessage request) => key.Authorize(request, origin);

    /// <summary>Confirms an event that nothing else proves with the API's record of its job.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken)
    {
        if (!ApiOrigin.IsSegment(generation.JobId))
        {
            return new Confirmation.Unsupported(NotItsId);
        }

        var answer = await api.ConfirmObjectAsync(received, PathOf(generation.JobId), cancellationToken);
        var found = answer.ToConfirmation((JsonElement document) => Read(document, generation.JobId, generation.EventType));
        return (found as Confirmation.Believed)?.Event switch
        {
            // The event may have arrived before the record changed. A forged event for a running job waits here too, until it expires or becomes
            // true.
            { Status: JobStatus.Succeeded, Assets: [] } => new Confirmation.Unfinished("The provider's API reports success but names no result yet."),
            { } job when !job.Status.IsFinal() && generation.Status.IsFinal() => new Confirmation.Unfinished("The provider's API does not report the job as finished."),
            _ => found,
        };
    }

    /// <summary>Returns the API's record of a job.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string jobId, CancellationToken cancellationToken)
    {
        if (!ApiOrigin.IsSegment(jobId))
        {
            return new Confirmation.Denied(NotItsId);
        }

        var answer = await api.GetObjectAsync(PathOf(jobId), cancellationToken);
        return answer.ToConfirmation((JsonElement document) => Read(document, jobId, RecoveredEvent.EventType));
    }

    private string PathOf(string jobId) => described.Path.Replace("{id}", jobId, StringComparison.Ordinal);

    private Confirmation Read(JsonElement document, string jobId, string eventType)
    {
        var job = described.Reading.Read(document, service);
        return job.JobId is { } found && DescribedProvider.JobIdOf(service, found) != jobId
            ? new Confirmation.Denied("The provider's API answered with another job.")
            : Confirmation.Confirmed(job with { EventType = eventType, JobId = jobId });
    }
}
