using System.Globalization;
using System.Security.Cryptography;
using LocalHost.Hosting;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>
/// Samples of Leonardo.Ai: https://docs.leonardo.ai/docs/guide-to-the-webhook-callback-feature. They have no signature, but a shared key as a Bearer
/// token.
/// </summary>
internal sealed class LeonardoSamples : ProviderSamples
{
    private const string Path = "webhooks/leonardo";
    private const string KeySetting = "LEONARDO_WEBHOOK_TOKEN";

    public override string Name => "leonardo";

    public override IReadOnlyList<Sample> Samples { get; } =
    [
        new("image_generation.complete", Path, scene => Webhook(
            scene, "COMPLETE", EventState.Completed, JobStatus.Succeeded, $"{Image(scene, "first")},{Image(scene, "second")}")),
        new("image_generation.complete:failed", Path, scene => Webhook(scene, "FAILED", EventState.Recorded, JobStatus.Failed, "")),
        new("unknown", Path, scene => Webhook(scene, "PAUSED", EventState.Recorded, JobStatus.Unknown, "")),
    ];

    public override SampleKeys NewKeys()
    {
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        return new SampleKeys(new Dictionary<string, string> { [KeySetting] = key }, new Signer(key));
    }

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) => settings.FirstOf(KeySetting) is { } key
        ? new Signer(key)
        : throw new LocalHostException($"Setting {KeySetting} is missing: the webhook callback API key that was chosen with the production API key.");

    private static string Image(SampleScene scene, string name) => $$"""{"id":"{{name}}-{{scene.JobId}}","url":"{{scene.Media($"{name}.png")}}","nsfw":false}""";

    private static SampleWebhook Webhook(SampleScene scene, string status, EventState state, JobStatus jobStatus, string images) => new()
    {
        WebhookId = $"{scene.JobId}:{status}",
        Body = $$"""
            {
              "type": "image_generation.complete",
              "object": "generation",
              "timestamp": {{scene.Now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}},
              "api_version": "v1",
              "data": { "object": { "id": "{{scene.JobId}}", "status": "{{status}}", "modelId": "6bef9f1b", "images": [{{images}}] } }
            }
            """,
        State = state,
        JobStatus = jobStatus,
    };

    private sealed class Signer(string key) : SampleSigner
    {
        public override bool SignsTime => false;

        public override IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at) =>
            new Dictionary<string, string> { ["Authorization"] = $"Bearer {key}" };
    }
}
