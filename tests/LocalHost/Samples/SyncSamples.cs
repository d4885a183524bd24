using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LocalHost.Hosting;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>Samples of Sync: https://sync.so/docs, "Webhooks Payload Reference".</summary>
internal sealed class SyncSamples : ProviderSamples
{
    private const string Path = "webhooks/sync";
    private const string SecretSetting = "SYNC_WEBHOOK_SECRET";

    public override string Name => "sync";

    public override ProviderApiSettings Api { get; } = new("SYNC_API_BASE_URL", "SYNC_API_KEY", "x-api-key");

    public override IReadOnlyList<Sample> Samples { get; } =
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

    public override SampleKeys NewKeys()
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        return new SampleKeys(new Dictionary<string, string> { [SecretSetting] = secret }, new Signer(secret));
    }

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) =>
        settings.FirstOf(SecretSetting) is { } secret
            ? new Signer(secret)
            : throw new LocalHostException($"Setting {SecretSetting} is missing: the signing secret of the Sync account's webhooks.");

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

    private sealed class Signer(string secret) : SampleSigner
    {
        public override bool SignsTime => true;

        public override IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at)
        {
            var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            byte[] signed = [.. Encoding.UTF8.GetBytes($"{timestamp}."), .. body];
            var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
            return new Dictionary<string, string> { ["Sync-Signature"] = $"t={timestamp},v1={Convert.ToHexStringLower(signature)}" };
        }
    }
}
