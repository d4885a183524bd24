using System.Globalization;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>Samples of Replicate: https://replicate.com/docs/topics/webhooks. They are signed as Standard Webhooks; the body is the prediction.</summary>
internal sealed class ReplicateSamples : ProviderSamples
{
    private const string Path = "webhooks/replicate";
    private const string SecretSetting = "REPLICATE_WEBHOOK_SECRET";

    public override string Name => "replicate";

    public override IReadOnlyList<Sample> Samples { get; } =
    [
        new("processing", Path, scene => WithoutOutput(scene, "processing", JobStatus.Running)),
        new("succeeded", Path, scene => Succeeded(scene, $$"""["{{scene.Media("first.png")}}","{{scene.Media("second.png")}}"]"""))
        {
            ContinuesJob = true,
        },
        new("succeeded:string", Path, scene => Succeeded(scene, $"\"{scene.Media("picture.webp")}\"")),
        new("succeeded:object", Path, scene => Succeeded(
            scene, $$"""{"video":"{{scene.Media("video.webm")}}","frames":["{{scene.Media("frame.jpg")}}"],"seed":42}""")),
        new("succeeded:text", Path, scene => Prediction(scene, "succeeded", """["Once"," upon"," a"," time"]""", EventState.Recorded, JobStatus.Succeeded)),
        new("starting", Path, scene => WithoutOutput(scene, "starting", JobStatus.Queued)),
        new("failed", Path, scene => Prediction(scene, "failed", "null", EventState.Recorded, JobStatus.Failed, "\"Out of memory.\"")),
        new("canceled", Path, scene => WithoutOutput(scene, "canceled", JobStatus.Cancelled)),
        new("aborted", Path, scene => WithoutOutput(scene, "aborted", JobStatus.Cancelled)),
        new("unknown", Path, scene => WithoutOutput(scene, "paused", JobStatus.Unknown)),
    ];

    public override SampleKeys NewKeys() => StandardWebhooksSigner.NewKeys(SecretSetting);

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) =>
        StandardWebhooksSigner.Create(settings, SecretSetting, "the signing secret of the Replicate account's webhooks");

    private static SampleWebhook Succeeded(SampleScene scene, string output) =>
        Prediction(scene, "succeeded", output, EventState.Completed, JobStatus.Succeeded);

    private static SampleWebhook WithoutOutput(SampleScene scene, string status, JobStatus jobStatus) =>
        Prediction(scene, status, "null", EventState.Recorded, jobStatus);

    private static SampleWebhook Prediction(
        SampleScene scene, string status, string output, EventState state, JobStatus jobStatus, string error = "null")
    {
        var now = scene.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        return new SampleWebhook
        {
            WebhookId = $"msg_{SampleScene.NewId()}",
            Body = $$"""
                {
                  "id": "{{scene.JobId}}",
                  "model": "black-forest-labs/flux-schnell",
                  "version": "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa",
                  "input": { "prompt": "A lighthouse at night" },
                  "logs": "",
                  "output": {{output}},
                  "error": {{error}},
                  "status": "{{status}}",
                  "created_at": "{{now}}",
                  "started_at": "{{now}}",
                  "completed_at": {{(jobStatus.IsFinal() ? $"\"{now}\"" : "null")}},
                  "metrics": {}
                }
                """,
            State = state,
            JobStatus = jobStatus,
        };
    }
}
