using WebhookFunctions.Json;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Replicate;

/// <summary>
/// Asks the API what became of a prediction, <c>GET /v1/predictions/{id}</c>. It answers with the document that a webhook brings; its files are removed an hour
/// after the end.
/// Document: https://replicate.com/docs/reference/http#predictions.get.
/// </summary>
public sealed class ReplicateJobs(ProviderApi api)
{
    /// <summary>What the API says of a prediction.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string id, CancellationToken cancellationToken)
    {
        if (!ApiOrigin.IsSegment(id))
        {
            return new Confirmation.Denied("The job's id is not one that the provider's API could have made.");
        }

        var answer = await api.GetObjectAsync($"v1/predictions/{id}", cancellationToken);
        return answer.ToConfirmation((System.Text.Json.JsonElement prediction) => prediction.Text("id") is { } found && found != id
            ? new Confirmation.Denied("The provider's API answered with another job.")
            : Confirmation.Confirmed(ReplicateProvider.Read(prediction) with { EventType = RecoveredEvent.EventType, JobId = id }));
    }
}
