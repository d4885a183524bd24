using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LocalHost.Hosting;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;

namespace LocalHost.Samples;

/// <summary>Google's Gemini API: https://ai.google.dev/gemini-api/docs/webhooks. Static webhooks, signed by Standard Webhooks.</summary>
internal sealed class GeminiSamples : ProviderSamples
{
    private const string Path = "webhooks/gemini";
    private const string SecretSetting = "GEMINI_WEBHOOK_SECRET";
    private const string SecretPrefix = "whsec_";

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

    public override SampleKeys NewKeys()
    {
        // The scheme names 24 to 64 bytes.
        var key = RandomNumberGenerator.GetBytes(32);
        return new SampleKeys(
            new Dictionary<string, string> { [SecretSetting] = SecretPrefix + Convert.ToBase64String(key) }, new Signer(key));
    }

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings)
    {
        var secret = settings.GetValueOrDefault(SecretSetting)?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (secret is null)
        {
            throw new LocalHostException($"Setting {SecretSetting} is missing: the signing secret that Gemini handed out when the webhook was registered.");
        }

        try
        {
            return new Signer(Convert.FromBase64String(secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret));
        }
        catch (FormatException malformed)
        {
            throw new LocalHostException($"Setting {SecretSetting} is malformed: it is base64, after {SecretPrefix}.", malformed);
        }
    }

    private static SampleWebhook Webhook(SampleScene scene, string type, string data, EventState state, JobStatus? jobStatus) => new()
    {
        WebhookId = $"msg_{SampleScene.NewId()}",
        Body = $$"""{"type":"{{type}}","version":"v1","timestamp":"{{scene.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}","data":{{data}}}""",
        State = state,
        JobStatus = jobStatus,
    };

    private sealed class Signer(byte[] key) : SampleSigner
    {
        public override bool SignsTime => true;

        public override IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at)
        {
            var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            byte[] signed = [.. Encoding.UTF8.GetBytes($"{webhookId}.{timestamp}."), .. body];
            return new Dictionary<string, string>
            {
                ["webhook-id"] = webhookId,
                ["webhook-timestamp"] = timestamp,
                ["webhook-signature"] = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)),
            };
        }
    }
}
