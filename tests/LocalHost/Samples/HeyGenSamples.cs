using System.Globalization;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>
/// Samples of HeyGen: https://docs.heygen.com/docs/using-heygens-webhook-events. The signature covers the body, but not the headers with the time and
/// the event id.
/// </summary>
internal sealed class HeyGenSamples() : SecretSamples("heygen", "HEYGEN_WEBHOOK_SECRET", "the secret that HeyGen showed when the URL was registered")
{
    public override IReadOnlyList<Sample> Samples =>
    [
        new("avatar_video.success", Path, scene => Webhook(
            scene, "avatar_video.success", "video_id", EventState.Completed, JobStatus.Succeeded, $$""","url":"{{scene.Media("video.mp4")}}","callback_id":"scene-1" """)),
        new("avatar_video.fail", Path, scene => Webhook(
            scene, "avatar_video.fail", "video_id", EventState.Recorded, JobStatus.Failed, ",\"msg\":\"The avatar could not be found.\"")),
        new("video_translate.success", Path, scene => Webhook(
            scene, "video_translate.success", "video_translate_id", EventState.Completed, JobStatus.Succeeded, $",\"url\":\"{scene.Media("translated.mp4")}\"")),
        new("unknown", Path, scene => Webhook(scene, "live_avatar.paused", "video_id", EventState.Recorded, JobStatus.Unknown)),
    ];

    protected override IReadOnlyDictionary<string, string> Sign(string webhookId, string secret, ReadOnlySpan<byte> body, DateTimeOffset at) => new Dictionary<string, string>
    {
        ["Heygen-Signature"] = Hmac(secret, "", body),
        ["Heygen-Timestamp"] = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        ["Heygen-Event-Id"] = SampleScene.NewId(),
    };

    private static SampleWebhook Webhook(
        SampleScene scene, string type, string id, EventState state, JobStatus jobStatus, string more = "") => new()
        {
            WebhookId = $"{scene.JobId}:{type}",
            Body = $$"""{"event_type":"{{type}}","event_data":{"{{id}}":"{{scene.JobId}}"{{more}} } }""",
            State = state,
            JobStatus = jobStatus,
        };
}
