using System.Globalization;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>Samples of Sync: https://sync.so/docs, "Webhooks Payload Reference".</summary>
internal sealed class SyncSamples() : SecretSamples("sync", "SYNC_WEBHOOK_SECRET", "the signing secret of the Sync account's webhooks")
{
    protected override bool SignsTime => true;

    public override ProviderApiSettings Api { get; } = new("SYNC_API_BASE_URL", "SYNC_API_KEY", "x-api-key");

    public override IReadOnlyList<Sample> Samples =>
    [
        new("PROCESSING", Path, scene => WithoutResult(scene, "PROCESSING", JobStatus.Running)),
        new("COMPLETED", Path, scene => Generation(
            scene, "COMPLETED", scene.Media("output.mp4"), scene.Media("segment.mp4"), EventState.Completed, JobStatus.Succeeded))
        {
            ContinuesJob = true,
        },
        new("PENDING", Path, scene => WithoutResult(scene, "PENDING", JobStatus.Queued)),
        new("FAILED", Path, scene => Generation(
            scene, "FAILED", null, null, EventState.Recorded, JobStatus.Failed, "No face was found in the video.", "generation_no_face_detected")),
        new("REJECTED", Path, scene => Generation(
            scene, "REJECTED", null, null, EventState.Recorded, JobStatus.Failed, "The video is too long.", "generation_input_too_long")),
        new("CANCELED", Path, scene => WithoutResult(scene, "CANCELED", JobStatus.Cancelled)),
        new("unknown", Path, scene => WithoutResult(scene, "PAUSED", JobStatus.Unknown)),
        new("batch.JOBS_CREATED", Path, scene => SyncBatch.WithoutResult(scene, "JOBS_CREATED", JobStatus.Queued)),
        new("batch.PROCESSING", Path, scene => SyncBatch.WithoutResult(scene, "PROCESSING", JobStatus.Running)) { ContinuesJob = true },
        new("batch.COMPLETED", Path, SyncBatch.Completed) { ContinuesJob = true },
        new("batch.FAILED", Path, scene => SyncBatch.WithoutResult(scene, "FAILED", JobStatus.Failed)),
    ];

    protected override IReadOnlyDictionary<string, string> Sign(string webhookId, string secret, ReadOnlySpan<byte> body, DateTimeOffset at)
    {
        var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return new Dictionary<string, string> { ["Sync-Signature"] = $"t={timestamp},v1={Hmac(secret, timestamp + ".", body)}" };
    }

    private static SampleWebhook WithoutResult(SampleScene scene, string status, JobStatus jobStatus) =>
        Generation(scene, status, null, null, EventState.Recorded, jobStatus);

    private static SampleWebhook Generation(
        SampleScene scene,
        string status,
        string? output,
        string? segment,
        EventState state,
        JobStatus jobStatus,
        string error = "",
        string errorCode = "") => new()
        {
            // Sync sends no event id; the app derives one.
            WebhookId = $"{scene.JobId}:{status}",
            Body = $$"""
                {
                  "status": "{{status}}",
                  "createdAt": "{{scene.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}}",
                  "id": "{{scene.JobId}}",
                  "input": [
                    { "type": "video", "url": "https://example.com/video.mp4" },
                    { "type": "audio", "url": "https://example.com/audio.mp3" }
                  ],
                  "model": "lipsync-2",
                  "error": "{{error}}",
                  "error_code": "{{errorCode}}",
                  "options": { "sync_mode": "loop" },
                  "outputDuration": {{(output is null ? "null" : "10.04")}},
                  "outputUrl": {{SampleJson.Text(output)}},
                  "segmentOutputUrl": {{SampleJson.Text(segment)}},
                  "webhookUrl": "https://example.com/api/webhooks/sync"
                }
                """,
            State = state,
            JobStatus = jobStatus,
        };
}
