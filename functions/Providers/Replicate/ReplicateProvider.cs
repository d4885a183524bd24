using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Replicate;

/// <summary>
/// Replicate: predictions of any model. A webhook's body is the prediction as the API shows it.
/// Documents: https://replicate.com/docs/topics/webhooks, https://replicate.com/docs/topics/predictions/lifecycle.
/// </summary>
public sealed class ReplicateProvider(StandardWebhooksVerifier verifier) : WebhookProvider
{
    public const string ProviderName = "replicate";

    /// <summary>The <see cref="GenerationEvent.EventType"/> of every webhook; Replicate itself names none.</summary>
    public const string PredictionType = "prediction";

    public override string Name => ProviderName;

    public override string CanonicalJobId(string jobId) => JobIdOf(jobId);

    /// <summary>The one spelling of a job's id, which people also name by its address.</summary>
    internal static string JobIdOf(string jobId) => JobIdForms.Canonical(jobId, "https://api.replicate.com/v1/predictions/", "https://replicate.com/p/");

    public override IReadOnlyList<WebhookEndpoint> Endpoints { get; } = [new(null, verifier)];

    /// <summary>Files that a model made lie here for an hour.</summary>
    public override IReadOnlyList<string> AssetHosts { get; } = ["replicate.delivery", "*.replicate.delivery"];

    public override string? Identify(WebhookRequest request) => request.Header(StandardWebhooksVerifier.IdHeader);

    public override GenerationEvent Interpret(ReceivedEvent received)
    {
        var prediction = received.Body;
        var word = prediction.Text("status");
        var status = Status(word);
        // While a prediction runs, its output may grow: only the final one is fetched.
        var assets = status == JobStatus.Succeeded ? ReplicateOutput.Read(prediction) : [];
        return new GenerationEvent
        {
            EventType = PredictionType,
            JobId = prediction.Text("id"),
            Status = status,
            ProviderStatus = word,
            ErrorMessage = prediction.Text("error"),
            Model = prediction.FirstText("model", "version"),
            OccurredAt = prediction.FirstTime("completed_at", "started_at", "created_at"),
            Assets = assets,
            Note = status == JobStatus.Succeeded && assets.Count == 0
                ? "The output holds no links: what the model said stands in the event itself, see its raw body."
                : null,
        };
    }

    private static JobStatus Status(string? word) => word switch
    {
        "starting" => JobStatus.Queued,
        "processing" => JobStatus.Running,
        "succeeded" => JobStatus.Succeeded,
        "failed" => JobStatus.Failed,
        // "aborted": ended before it began.
        "canceled" or "aborted" => JobStatus.Cancelled,
        _ => JobStatus.Unknown,
    };
}
