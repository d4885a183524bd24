using WebhookFunctions.Model;
using WebhookFunctions.Providers.Described;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Leonardo;

/// <summary>Description of Leonardo.Ai: images. Document: https://docs.leonardo.ai/docs/guide-to-the-webhook-callback-feature.</summary>
/// <remarks>Nothing is signed. The key that was registered with the URL is sent as a Bearer token and also in the body, so the raw body is as secret
/// as the key.</remarks>
public static class LeonardoService
{
    /// <summary>The description.</summary>
    public static ServiceDescription Description { get; } = new()
    {
        Name = "leonardo",
        Title = "Leonardo.Ai",
        Site = "https://docs.leonardo.ai/docs/guide-to-the-webhook-callback-feature",
        Makes = "images",
        Signature = "a Bearer token; nothing is signed",
        Scheme = new TokenScheme(TokenPlace.Bearer),
        SecretText = "the webhook callback API key that you chose, of at least 16 URL-safe characters; several separated by spaces",
        WebhookId = ["data.object.id", "data.object.status|type"],
        Reading = new ServiceReading
        {
            JobId = "data.object.id",
            EventType = "type",
            Status = "data.object.status",
            Links = [LinkRule.Each("image", "data.object.images", "url", "id"), LinkRule.Each("motion", "data.object.images", "motionMP4URL", "id")],
            Model = "data.object.modelId",
            Time = "timestamp|data.object.updatedAt",
        },
        Statuses = new Dictionary<string, JobStatus>
        {
            ["pending"] = JobStatus.Running,
            ["complete"] = JobStatus.Succeeded,
            ["failed"] = JobStatus.Failed,
        },
        OwnHosts = ["cdn.leonardo.ai"],
        Api = new ServiceApi("https://cloud.leonardo.ai", "api/rest/v1/generations/{id}", new ServiceReading
        {
            JobId = "generations_by_pk.id",
            Status = "generations_by_pk.status",
            Links =
            [
                LinkRule.Each("image", "generations_by_pk.generated_images", "url", "id"),
                LinkRule.Each("motion", "generations_by_pk.generated_images", "motionMP4URL", "id"),
            ],
            Model = "generations_by_pk.modelId",
        }),
        JobAddresses = ["https://cloud.leonardo.ai/api/rest/v1/generations/"],
    };
}
