using System.Globalization;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>
/// Samples of OpenRouter: https://openrouter.ai/docs/cookbook/video-generation/video-generation-webhooks. The signature covers time and body, with a
/// comma between them.
/// </summary>
internal sealed class OpenRouterSamples() : SecretSamples("openrouter", "OPENROUTER_WEBHOOK_SECRET", "the signing secret of the workspace")
{
    protected override bool SignsTime => true;

    public override IReadOnlyList<Sample> Samples =>
    [
        new("video.generation.completed", Path, scene => Webhook(
            scene, "completed", EventState.Completed, JobStatus.Succeeded, $",\"urls\":[\"{scene.Media("video.mp4")}\"]")),
        // The API serves these files, and requires a key.
        new("video.generation.completed:unsigned", Path, scene => Webhook(
            scene, "completed", EventState.Recorded, JobStatus.Succeeded,
            $",\"unsigned_urls\":[\"https://openrouter.ai/api/v1/videos/{scene.JobId}/content?index=0\"]") with { AssetsRecorded = 1 }),
        new("video.generation.failed", Path, scene => Webhook(
            scene, "failed", EventState.Recorded, JobStatus.Failed, ",\"error\":{\"code\":\"content_policy\",\"message\":\"The prompt was refused.\"}")),
        new("video.generation.cancelled", Path, scene => Webhook(scene, "cancelled", EventState.Recorded, JobStatus.Cancelled)),
        new("video.generation.expired", Path, scene => Webhook(scene, "expired", EventState.Recorded, JobStatus.Expired)),
        new("unknown", Path, scene => Webhook(scene, "paused", EventState.Recorded, JobStatus.Unknown)),
    ];

    protected override IReadOnlyDictionary<string, string> Sign(string webhookId, string secret, ReadOnlySpan<byte> body, DateTimeOffset at)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return new Dictionary<string, string>
        {
            ["X-OpenRouter-Signature"] = $"t={time},v1={Hmac(secret, time + ",", body)}",
            ["X-OpenRouter-Idempotency-Key"] = SampleScene.NewId(),
        };
    }

    private static SampleWebhook Webhook(SampleScene scene, string status, EventState state, JobStatus jobStatus, string more = "") => new()
    {
        WebhookId = $"{scene.JobId}:{status}",
        Body = $$"""
            {"type":"video.generation.{{status}}","data":{"id":"{{scene.JobId}}","status":"{{status}}","model":"google/veo-3.1"{{more}} } }
            """,
        State = state,
        JobStatus = jobStatus,
    };
}
