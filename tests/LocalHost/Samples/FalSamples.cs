using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LocalHost.Hosting;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>
/// Samples of fal.ai: https://docs.fal.ai/documentation/model-apis/inference/webhooks. They are signed with a key that fal publishes and uses for all of
/// its customers. So a token in the URL must show that a webhook is meant for the deployment.
/// </summary>
internal sealed class FalSamples : ProviderSamples
{
    private const string Path = "webhooks/fal";

    public override string Name => "fal";

    public override string PrivateKeySetting => "FAL_PRIVATE_KEY";

    public override string TokenSetting => "FAL_WEBHOOK_TOKEN";

    public override string PublicKeysSetting => "FAL_JWKS_URL";

    public override IReadOnlyList<string> EnablingSettings => [TokenSetting];

    public override IReadOnlyList<Sample> Samples { get; } =
    [
        new("OK", Path, scene => Webhook(
            scene, "OK", $$"""{"images":[{"url":"{{scene.Media("image.png")}}","width":1024,"height":1024}],"seed":42,"prompt":"A lighthouse"}""",
            EventState.Completed, JobStatus.Succeeded)),
        new("OK:video", Path, scene => Webhook(
            scene, "OK", $$"""{"video":{"url":"{{scene.Media("video.mp4")}}","file_name":"output.mp4"} }""", EventState.Completed, JobStatus.Succeeded)),
        new("ERROR", Path, scene => Webhook(
            scene, "ERROR", """{"detail":[{"loc":["body","prompt"],"msg":"field required","type":"value_error.missing"}]}""",
            EventState.Recorded, JobStatus.Failed, "\"Invalid status code: 422\"")),
        new("unknown", Path, scene => Webhook(scene, "PAUSED", "null", EventState.Recorded, JobStatus.Unknown)),
    ];

    public override SampleKeys NewKeys() => new(
        new Dictionary<string, string> { [TokenSetting] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)) }, new Signer(Ed25519Key.Create()));

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) =>
        PrivateKey.ReadEd25519(settings, PrivateKeySetting) is { } key ? new Signer(key) : throw new LocalHostException(
            $"fal.ai signs with a private key of its own; the app gets its public half from {PublicKeysSetting}. To send a sample to an app on this machine, "
            + $"make a key of your own ({PrivateKey.HowToMakeEd25519}), run the app with {PublicKeysSetting}=http://127.0.0.1:7073/jwks.json, {TokenSetting}, "
            + "Assets__AllowLoopback=true and AZURE_FUNCTIONS_ENVIRONMENT=Development (both commands read them from functions/local.settings.json), "
            + $"and name the key here: --private-key private.pem, or the setting {PrivateKeySetting}. While it sends, this command serves the public half there.");

    private static SampleWebhook Webhook(
        SampleScene scene, string status, string payload, EventState state, JobStatus jobStatus, string error = "null") => new()
        {
            WebhookId = scene.JobId,
            Body = $$"""
                {"request_id":"{{scene.JobId}}","gateway_request_id":"{{scene.JobId}}","status":"{{status}}","error":{{error}},"payload":{{payload}} }
                """,
            State = state,
            JobStatus = jobStatus,
        };

    private sealed class Signer(Ed25519Key key) : SampleSigner
    {
        private const string User = "an-account-of-fal";

        public override string PublicKeys { get; } = Ed25519Key.Publish(key);

        public override bool SignsTime => true;

        public override IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at)
        {
            var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            var signed = $"{webhookId}\n{User}\n{time}\n{Convert.ToHexStringLower(SHA256.HashData(body))}";
            return new Dictionary<string, string>
            {
                ["X-Fal-Webhook-Request-Id"] = webhookId,
                ["X-Fal-Webhook-User-Id"] = User,
                ["X-Fal-Webhook-Timestamp"] = time,
                ["X-Fal-Webhook-Signature"] = Convert.ToHexStringLower(key.Sign(Encoding.UTF8.GetBytes(signed))),
            };
        }
    }
}
