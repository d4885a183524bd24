using System.Globalization;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;

namespace LocalHost.Samples;

/// <summary>Google's Gemini API: https://ai.google.dev/gemini-api/docs/webhooks. Static webhooks, signed by Standard Webhooks.</summary>
internal sealed class GeminiSamples : ProviderSamples
{
    private const string Path = "webhooks/gemini";
    private const string SecretSetting = "GEMINI_WEBHOOK_SECRET";

    public override string Name => "gemini";

    public override IReadOnlyList<Sample> Samples { get; } =
    [
        new("video.generated", Path, scene => Webhook(
            scene,
            "video.generated",
            $$"""{"id":"{{scene.JobId}}","output_file_uri":"{{scene.Media("video.mp4")}}","file_name":"files/{{scene.JobId}}"}""",
            EventState.Completed,
            JobStatus.Succeeded)),
        new("batch.succeeded", Path, scene => Webhook(
            scene,
            "batch.succeeded",
            $$"""{"id":"{{scene.JobId}}","output_file_uri":"{{scene.Media("responses.jsonl")}}"}""",
            EventState.Completed,
            JobStatus.Succeeded)),
        new("unknown", Path, scene => Webhook(scene, "ping.sent", "{}", EventState.Recorded, jobStatus: null)),
    ];

    public override SampleKeys NewKeys() => StandardWebhooksSigner.NewKeys(SecretSetting);

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) =>
        StandardWebhooksSigner.Of(settings, SecretSetting, "the signing secret that Gemini handed out when the webhook was registered");

    private static SampleWebhook Webhook(SampleScene scene, string type, string data, EventState state, JobStatus? jobStatus) => new()
    {
        WebhookId = $"msg_{SampleScene.NewId()}",
        Body = $$"""{"type":"{{type}}","version":"v1","timestamp":"{{scene.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}","data":{{data}}}""",
        State = state,
        JobStatus = jobStatus,
    };
}
