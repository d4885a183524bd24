using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LocalHost.Hosting;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>Samples of GeminiGen.AI: https://docs.geminigen.ai, page "Webhooks".</summary>
internal sealed class GeminiGenSamples : ProviderSamples
{
    private const string Path = "webhooks/geminigen";
    private const string PublicKeySetting = "GEMINIGEN_PUBLIC_KEY";

    public override string Name => "geminigen";

    public override string PrivateKeySetting => "GEMINIGEN_PRIVATE_KEY";

    public override string TokenSetting => "GEMINIGEN_WEBHOOK_TOKEN";

    public override ProviderApiSettings Api { get; } = new("GEMINIGEN_API_BASE_URL", "GEMINIGEN_API_KEY", "x-api-key");

    public override IReadOnlyList<Sample> Samples { get; } =
    [
        new("TTS_TEXT_SUCCESS", Path, scene => Succeeded(scene, "TTS_TEXT_SUCCESS", Speech(scene, scene.Media("speech.mp3")))),
        new("TTS_TEXT_FAILED", Path, scene => Failed(scene, "TTS_TEXT_FAILED", Speech(scene, null, "The voice is not available."))),
        new("TTS_DOCUMENT_SUCCESS", Path, scene => Succeeded(scene, "TTS_DOCUMENT_SUCCESS", Speech(scene, scene.Media("document.mp3")))),
        new("TTS_DOCUMENT_FAILED", Path, scene => Failed(scene, "TTS_DOCUMENT_FAILED", Speech(scene, null, "The document could not be read."))),
        new("VIDEO_GENERATION_COMPLETED", Path, scene => Succeeded(
            scene, "VIDEO_GENERATION_COMPLETED", Video(scene, scene.Media("video.mp4"), scene.Media("preview.jpg")), envelopeAsSeen: true)),
        new("VIDEO_GENERATION_FAILED", Path, scene => Failed(
            scene, "VIDEO_GENERATION_FAILED", Video(scene, null, null, "The prompt was refused."), envelopeAsSeen: true)),
        new("IMAGE_GENERATION_COMPLETED", Path, scene => Succeeded(scene, "IMAGE_GENERATION_COMPLETED", Image(scene, scene.Media("image.png")))),
        new("IMAGE_GENERATION_FAILED", Path, scene => Failed(scene, "IMAGE_GENERATION_FAILED", Image(scene, null, "The prompt was refused."))),
        new("TTS_TEXT_SUCCESS:status-3", Path, scene => Failed(scene, "TTS_TEXT_SUCCESS", Speech(scene, null, "The credit did not suffice."))),
        new("unknown", Path, scene => Confirmed(
            scene,
            Webhook("MUSIC_GENERATION_STARTED", Started(scene), EventState.Recorded, JobStatus.Running),
            Started(scene))),
    ];

    public override SampleKeys NewKeys()
    {
        var key = RSA.Create(2048);
        return new SampleKeys(new Dictionary<string, string> { [PublicKeySetting] = key.ExportSubjectPublicKeyInfoPem() }, new Signer(key));
    }

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) =>
        PrivateKey.Read(settings, PrivateKeySetting) is { } key
            ? new Signer(key)
            : throw new LocalHostException(
                $"GeminiGen.AI signs with its private key; the app has the public one, {PublicKeySetting}. "
                + $"To send a sample, create your own key pair ({PrivateKey.HowToMake}; openssl rsa -in private.pem -pubout -out public.pem), "
                + $"add the public key to {PublicKeySetting} of the deployment (it may hold several), and specify the private key: "
                + $"--private-key private.pem, or the setting {PrivateKeySetting}.");

    private static SampleWebhook Succeeded(SampleScene scene, string type, string data, bool envelopeAsSeen = false) =>
        Confirmed(scene, Webhook(type, data, EventState.Completed, JobStatus.Succeeded, envelopeAsSeen), data);

    private static SampleWebhook Failed(SampleScene scene, string type, string data, bool envelopeAsSeen = false) =>
        Confirmed(scene, Webhook(type, data, EventState.Recorded, JobStatus.Failed, envelopeAsSeen), data);

    // It was observed that the API's history has the fields of a webhook's data.
    private static SampleWebhook Confirmed(SampleScene scene, SampleWebhook webhook, string data)
    {
        scene.Answer($"/uapi/v1/history/{scene.JobId}", data);
        return webhook;
    }

    private static SampleWebhook Webhook(string type, string data, EventState state, JobStatus jobStatus, bool envelopeAsSeen = false)
    {
        var id = SampleScene.NewId();
        // The documentation says "event" and "uuid"; "event_name" and "event_uuid" were observed.
        var prefix = envelopeAsSeen ? "event_" : "";
        return new SampleWebhook
        {
            WebhookId = id,
            Body = $$"""{"{{(envelopeAsSeen ? "event_name" : "event")}}":"{{type}}","{{prefix}}uuid":"{{id}}","data":{{data}}}""",
            State = state,
            JobStatus = jobStatus,
        };
    }

    private static string Started(SampleScene scene) => $$"""{"uuid":"{{scene.JobId}}","status":1}""";

    private static string Speech(SampleScene scene, string? media, string? error = null) => $$"""
        {
          {{Common(scene, media, error)}},
          "model": "tts-flash",
          "tts_input": "Hello, and welcome to the demonstration.",
          "voice_id": "GM013",
          "speed": 1,
          "speaker_name": "Gacrux"
        }
        """;

    private static string Video(SampleScene scene, string? media, string? thumbnail, string? error = null) => $$"""
        {
          {{Common(scene, media, error)}},
          "thumbnail_url": {{SampleJson.Text(thumbnail)}},
          "error_code": {{SampleJson.Text(error is null ? null : "PROMPT_REFUSED")}},
          "model": "veo-3.1",
          "prompt": "A lighthouse in a storm, seen from the sea",
          "resolution": "1080p",
          "duration": 8,
          "aspect_ratio": "16:9"
        }
        """;

    private static string Image(SampleScene scene, string? media, string? error = null) => $$"""
        {
          {{Common(scene, media, error)}},
          "model": "imagen-4",
          "prompt": "A lighthouse on a cliff, in watercolour",
          "aspect_ratio": "1:1",
          "style": "Illustration"
        }
        """;

    private static string Common(SampleScene scene, string? media, string? error) => $$"""
        "uuid": "{{scene.JobId}}",
          "media_url": {{SampleJson.Text(media)}},
          "status": {{(error is null ? 2 : 3)}},
          "status_percentage": {{(error is null ? 100 : 40)}},
          "used_credit": {{(error is null ? 12 : 0)}},
          "error_message": {{SampleJson.Text(error)}},
          "created_at": "{{Time(scene.Now.AddMinutes(-2))}}",
          "updated_at": "{{Time(scene.Now)}}"
        """;

    // The provider writes times without a zone.
    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    private sealed class Signer(RSA key) : SampleSigner
    {
        public override bool SignsTime => false;

        [SuppressMessage("Security", "CA5351:Do Not Use Broken Cryptographic Algorithms", Justification = "The provider's scheme.")]
        public override IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at)
        {
            var digest = MD5.HashData(Encoding.UTF8.GetBytes(webhookId));
            var signature = key.SignData(digest, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            return new Dictionary<string, string> { ["x-signature"] = Convert.ToHexStringLower(signature) };
        }
    }
}
