using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Replicate;

/// <summary>
/// Provider for Replicate: predictions of any model. A webhook's body is the prediction as the API returns it.
/// Documents: https://replicate.com/docs/topics/webhooks, https://replicate.com/docs/topics/predictions/lifecycle.
/// </summary>
/// <param name="verifier">The verifier of its only address.</param>
/// <param name="jobs">The API; null if its token is not set.</param>
public sealed class ReplicateProvider(IWebhookVerifier verifier, ReplicateJobs? jobs) : WebhookProvider
{
    public const string ProviderName = "replicate";

    /// <summary>The <see cref="GenerationEvent.EventType"/> of every webhook; Replicate itself names none.</summary>
    public const string PredictionType = "prediction";

    // The hosts that serve a model's files, for an hour.
    private static readonly string[] Hosts = ["replicate.delivery", "*.replicate.delivery"];

    private static readonly HostList FileHosts = new(Hosts);

    public override string Name => ProviderName;

    public override string CanonicalJobId(string jobId) => JobIdOf(jobId);

    /// <summary>Returns the canonical spelling of a job's id, which people also name by its address.</summary>
    internal static string JobIdOf(string jobId) => JobIdForms.Canonical(jobId, "https://api.replicate.com/v1/predictions/", "https://replicate.com/p/");

    public override IReadOnlyList<WebhookEndpoint> Endpoints { get; } = [new(null, verifier)];

    public override IReadOnlyList<string> AssetHosts => Hosts;

    public override string? Identify(WebhookRequest request) => request.Header(StandardWebhooks.IdHeader);

    /// <summary>One hour, after which the files of a prediction are removed.</summary>
    public override TimeSpan? LinkLife => TimeSpan.FromHours(1);

    /// <inheritdoc cref="LinkLife"/>
    public override TimeSpan? Retention => LinkLife;

    public override string RecoverySetting => ReplicateFactory.ApiTokenSetting;

    public override bool CanRecover => jobs is not null;

    public override ValueTask<Confirmation> RecoverAsync(string jobId, CancellationToken cancellationToken) =>
        jobs?.RecoverAsync(jobId, cancellationToken) ?? base.RecoverAsync(jobId, cancellationToken);

    public override GenerationEvent Interpret(ReceivedEvent received) => Read(received.Body);

    /// <summary>Interprets a prediction: a webhook's body, or the API's answer.</summary>
    internal static GenerationEvent Read(JsonElement prediction)
    {
        var providerStatus = prediction.Text("status");
        var status = Status(providerStatus);
        // While a prediction runs, its output may grow, so only the final one is fetched.
        var assets = status == JobStatus.Succeeded ? OutputLinks.Read(prediction.At("output"), "output", FileHosts) : [];
        return new GenerationEvent
        {
            EventType = PredictionType,
            JobId = prediction.Text("id"),
            Status = status,
            ProviderStatus = providerStatus,
            ErrorMessage = prediction.ErrorText("error"),
            Model = prediction.FirstText("model", "version"),
            OccurredAt = prediction.FirstTime("completed_at", "started_at", "created_at"),
            Assets = assets,
            Note = status == JobStatus.Succeeded && assets.Count == 0
                ? "The output contains no links: the model's answer is in the event itself, see its raw body."
                : null,
        };
    }

    private static JobStatus Status(string? providerStatus) => providerStatus switch
    {
        "starting" => JobStatus.Queued,
        "processing" => JobStatus.Running,
        "succeeded" => JobStatus.Succeeded,
        "failed" => JobStatus.Failed,
        // "aborted" means that it ended before it began.
        "canceled" or "aborted" => JobStatus.Cancelled,
        _ => JobStatus.Unknown,
    };
}
