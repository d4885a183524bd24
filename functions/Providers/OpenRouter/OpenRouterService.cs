using WebhookFunctions.Model;
using WebhookFunctions.Providers.Described;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.OpenRouter;

/// <summary>Description of OpenRouter: videos of many models. Document:
/// https://openrouter.ai/docs/cookbook/video-generation/video-generation-webhooks.</summary>
/// <remarks>The header with an idempotency key is not signed, so the webhook's id is made of the body.</remarks>
public static class OpenRouterService
{
    /// <summary>The description.</summary>
    public static ServiceDescription Description { get; } = new()
    {
        Name = "openrouter",
        Title = "OpenRouter",
        Site = "https://openrouter.ai/docs/cookbook/video-generation/video-generation-webhooks",
        Makes = "video",
        Signature = "HMAC over time and body",
        Scheme = new HmacScheme { SignatureHeader = "X-OpenRouter-Signature", Template = "{time},{body}", Prefix = "v1=", Separator = ',', Key = HmacKeyForm.Text },
        SecretText = "the signing secret of your workspace; several separated by spaces",
        WebhookId = ["data.id", "data.status|type"],
        Reading = Reading("data.") with { EventType = "type", Status = "data.status|type" },
        HasDottedStatus = true,
        Statuses = new Dictionary<string, JobStatus>
        {
            ["pending"] = JobStatus.Queued,
            ["in_progress"] = JobStatus.Running,
            ["completed"] = JobStatus.Succeeded,
            ["failed"] = JobStatus.Failed,
            ["cancelled"] = JobStatus.Cancelled,
            ["expired"] = JobStatus.Expired,
        },
        OwnHosts = ["openrouter.ai"],
        SharedHosts = ["storage.googleapis.com", "*.r2.cloudflarestorage.com"],
        Api = new ServiceApi("https://openrouter.ai", "api/v1/videos/{id}", Reading("")) { ServesResults = true },
        JobAddresses = ["https://openrouter.ai/api/v1/videos/", "/api/v1/videos/"],
    };

    // "urls" are signed links to storage; "unsigned_urls" lead to the API, which requires its key.
    private static ServiceReading Reading(string data) => new()
    {
        JobId = $"{data}id",
        Status = $"{data}status",
        Links = [LinkRule.One("video", $"{data}urls.0|{data}unsigned_urls.0")],
        Error = $"{data}error",
        ErrorCode = $"{data}error.code",
        Model = $"{data}model",
    };
}
