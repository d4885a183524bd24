using System.Globalization;
using System.Text;
using LocalHost.Hosting;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>
/// Samples of the Gemini API's dynamic webhooks in the form of live deliveries: <c>v1a</c>, signed with a key that Google publishes and uses for all
/// of its customers.
/// </summary>
internal sealed class GeminiDynamicSamples : ProviderSamples
{
    private static readonly GeminiEvents Events = new("webhooks/gemini/dynamic", isDynamic: true);

    public override string Name => "gemini/dynamic";

    public override ProviderApiSettings Api => GeminiSamples.ApiSettings;

    public override string PrivateKeySetting => "GEMINI_PRIVATE_KEY";

    public override string TokenSetting => "GEMINI_WEBHOOK_TOKEN";

    public override string PublicKeysSetting => "GEMINI_JWKS_URL";

    public override IReadOnlyList<string> EnablingSettings => [TokenSetting, Api.KeySetting];

    public override IReadOnlyList<Sample> Samples { get; } =
    [
        .. Events.All,
        // The id is not the name of an operation, so the app cannot ask the API about it.
        Events.New("video.generated:unconfirmed", scene =>
        {
            GeminiEvents.File(scene, isBatchFile: false);
            return Events.Webhook(
                scene, "video.generated", GeminiEvents.Data(scene, $",\"file_name\":\"files/{scene.JobId}\""), EventState.Completed, JobStatus.Unconfirmed);
        }),
    ];

    public override SampleKeys NewKeys() => new(new Dictionary<string, string>(), new Signer(Ed25519Key.Create()));

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) =>
        PrivateKey.ReadEd25519(settings, PrivateKeySetting) is { } key ? new Signer(key) : throw new LocalHostException(
            "Gemini's dynamic webhooks are signed with a private key of Google's; the app gets its public half from "
            + $"{PublicKeysSetting}. To send a sample to an app on this machine, make a key of your own ({PrivateKey.HowToMakeEd25519}), "
            + $"run the app with {PublicKeysSetting}=http://127.0.0.1:7072/jwks.json, {TokenSetting} or {Api.KeySetting}, "
            + "Assets__AllowLoopback=true and AZURE_FUNCTIONS_ENVIRONMENT=Development "
            + "(both commands read them from functions/local.settings.json), "
            + $"and name the key here: --private-key private.pem, or the setting {PrivateKeySetting}. While it sends, this command serves the public half there.");

    private sealed class Signer(Ed25519Key key) : SampleSigner
    {
        public override string PublicKeys { get; } = Ed25519Key.Publish(key);

        public override bool SignsTime => true;

        public override IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at)
        {
            var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            byte[] signed = [.. Encoding.UTF8.GetBytes($"{webhookId}.{timestamp}."), .. body];
            return new Dictionary<string, string>
            {
                ["webhook-id"] = webhookId,
                ["webhook-timestamp"] = timestamp,
                ["webhook-signature"] = "v1a," + Convert.ToBase64String(key.Sign(signed)),
            };
        }
    }
}
