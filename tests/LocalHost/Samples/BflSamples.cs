using System.Globalization;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>Samples of Black Forest Labs: https://docs.bfl.ai. The signature covers the body, and no time.</summary>
internal sealed class BflSamples() : SecretSamples("bfl", "BFL_WEBHOOK_SECRET", "the webhook_secret that the requests name")
{
    public override IReadOnlyList<Sample> Samples =>
    [
        new("Pending", Path, scene => Webhook(scene, "Pending", EventState.Recorded, JobStatus.Running)),
        new("Ready", Path, scene => Webhook(
            scene, "Ready", EventState.Completed, JobStatus.Succeeded, $$""","result":{"sample":"{{scene.Media("sample.jpg")}}","prompt":"A lighthouse","seed":7}"""))
        {
            ContinuesJob = true,
        },
        new("Error", Path, scene => Webhook(
            scene, "Error", EventState.Recorded, JobStatus.Failed, ",\"error\":\"internal_error\",\"message\":\"The model is overloaded.\"")),
        new("Content-Moderated", Path, scene => Webhook(scene, "Content Moderated", EventState.Recorded, JobStatus.Failed)),
        new("unknown", Path, scene => Webhook(scene, "Paused", EventState.Recorded, JobStatus.Unknown)),
    ];

    protected override IReadOnlyDictionary<string, string> Sign(string webhookId, string secret, ReadOnlySpan<byte> body, DateTimeOffset at) =>
        new Dictionary<string, string> { ["X-BFL-Signature"] = "sha256=" + Hmac(secret, "", body) };

    private static SampleWebhook Webhook(SampleScene scene, string status, EventState state, JobStatus jobStatus, string more = "") => new()
    {
        WebhookId = $"{scene.JobId}:{status}",
        Body = $$"""
            {"id":"{{scene.JobId}}","status":"{{status}}"{{more}},"timestamp":"{{scene.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}"}
            """,
        State = state,
        JobStatus = jobStatus,
    };
}
