using WebhookFunctions.Json;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Replicate;

/// <summary>
/// Reader of the API's record of a prediction, <c>GET /v1/predictions/{id}</c>. The answer is the same document as a webhook's body. The files are
/// removed an hour after the end.
/// Document: https://replicate.com/docs/reference/http#predictions.get.
/// </summary>
public sealed class ReplicateJobs(ProviderApi api)
{
    /// <summary>Returns the API's record of a prediction.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string id, CancellationToken cancellationToken)
    {
        if (!ApiOrigin.IsSegment(id))
        {
            return new Confirmation.Denied("The job's id is not valid for the provider's API.");
        }

        var answer = await api.GetObjectAsync($"v1/predictions/{id}", cancellationToken);
        return answer.ToConfirmation((System.Text.Json.JsonElement prediction) => prediction.Text("id") is { } found && found != id
            ? new Confirmation.Denied("The provider's API answered with another job.")
            : Confirmation.Confirmed(ReplicateProvider.Read(prediction) with { EventType = RecoveredEvent.EventType, JobId = id }));
    }
}
