using WebhookFunctions.Model;
using WebhookFunctions.Providers.Described;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Fal;

/// <summary>Description of fal.ai: images, video, audio and 3D of any model. Document:
/// https://docs.fal.ai/documentation/model-apis/inference/webhooks.</summary>
/// <remarks>
/// Its keys serve all of its customers. Its API returns a request only given the model, which a webhook does not name. So only a token in the URL
/// can prove that a webhook is meant for this deployment.
/// </remarks>
public static class FalService
{
    /// <summary>The description.</summary>
    public static ServiceDescription Description { get; } = new()
    {
        Name = "fal",
        Title = "fal.ai",
        Site = "https://docs.fal.ai/documentation/model-apis/inference/webhooks",
        Makes = "images, video, audio, 3D",
        Signature = "Ed25519 over ids, time and body",
        Scheme = new Ed25519Scheme
        {
            SignatureHeader = "X-Fal-Webhook-Signature",
            IdHeader = "X-Fal-Webhook-Request-Id",
            TimeHeader = "X-Fal-Webhook-Timestamp",
            Template = "{id}\n{X-Fal-Webhook-User-Id}\n{time}\n{sha256}",
        },
        Keys = "https://rest.fal.ai/.well-known/jwks.json",
        SecretText = "turns fal.ai on: [tokens](#tokens) of which its URL must carry one",
        Reading = new ServiceReading
        {
            JobId = "request_id",
            Status = "status",
            Links = [LinkRule.Anywhere("payload", "payload")],
            Error = "error|payload.detail|payload_error",
        },
        Statuses = new Dictionary<string, JobStatus> { ["ok"] = JobStatus.Succeeded, ["error"] = JobStatus.Failed },
        OwnHosts = ["fal.media", "*.fal.media"],
        SharedHosts = ["storage.googleapis.com"],
        JobAddresses = ["https://queue.fal.run/*/requests/"],
        // The default; a request can set another lifetime.
        Retention = TimeSpan.FromDays(7),
    };
}
