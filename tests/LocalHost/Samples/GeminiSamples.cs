using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>Samples of the Gemini API's static webhooks, which are signed as Standard Webhooks.</summary>
internal sealed class GeminiSamples : ProviderSamples
{
    private const string SecretSetting = "GEMINI_WEBHOOK_SECRET";

    private static readonly GeminiEvents Events = new("webhooks/gemini", isDynamic: false);

    public override string Name => "gemini";

    public override ProviderApiSettings Api => ApiSettings;

    public override IReadOnlyList<Sample> Samples { get; } =
    [
        .. Events.All,
        Events.New("video.generated:video_uri", scene => Events.Webhook(
            scene, "video.generated", GeminiEvents.Data(scene, $",\"video_uri\":\"{scene.Media("video.webm")}\""), EventState.Completed, JobStatus.Succeeded)),
        Events.New("video.generated:file_id", scene =>
        {
            GeminiEvents.File(scene, isBatchFile: false);
            return Events.Webhook(
                scene, "video.generated", GeminiEvents.Data(scene, $",\"file_id\":\"{scene.JobId}\""), EventState.Completed, JobStatus.Succeeded);
        }),
        Events.New("batch.succeeded:gs", scene => Events.Webhook(
            scene,
            "batch.succeeded",
            GeminiEvents.Data(scene, $",\"output_file_uri\":\"gs://your-bucket/{scene.JobId}/results.jsonl\""),
            EventState.Recorded,
            JobStatus.Succeeded) with { AssetsRecorded = 1 }),
    ];

    /// <summary>Both modes use the same API.</summary>
    public static ProviderApiSettings ApiSettings { get; } = new("GEMINI_API_BASE_URL", "GEMINI_API_KEY", "x-goog-api-key");

    public override SampleKeys NewKeys() => StandardWebhooksSigner.NewKeys(SecretSetting);

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) =>
        StandardWebhooksSigner.Create(settings, SecretSetting, "the signing secret that Gemini handed out when the webhook was registered");
}
