using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using LocalHost.Hosting;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>Google's Gemini API, dynamic webhooks: a token under a key that Google publishes. It vouches for its sender alone.</summary>
internal sealed class GeminiDynamicSamples : ProviderSamples
{
    private const string AudienceSetting = "GEMINI_WEBHOOK_AUDIENCE";
    private const string IssuersSetting = "GEMINI_WEBHOOK_ISSUERS";
    private const string StandardIssuer = "https://accounts.google.com";

    private static readonly GeminiEvents Events = new("webhooks/gemini/dynamic", isDynamic: true);

    public override string Name => "gemini/dynamic";

    public override string Space => EventSpaces.Jwt(Provider);

    public override ProviderApiSettings Api => GeminiSamples.ApiSettings;

    public override string PrivateKeySetting => "GEMINI_PRIVATE_KEY";

    public override string PublicKeysSetting => "GEMINI_JWKS_URL";

    public override IReadOnlyList<Sample> Samples { get; } =
    [
        .. Events.All,
        // With an id that is no operation's name, the API cannot be asked.
        Events.New("video.generated:unconfirmed", scene =>
        {
            GeminiEvents.File(scene, isBatchFile: false);
            return Events.Webhook(
                scene, "video.generated", GeminiEvents.Data(scene, $",\"file_name\":\"files/{scene.JobId}\""), EventState.Completed, JobStatus.Unconfirmed);
        }),
    ];

    public override SampleKeys NewKeys()
    {
        const string Audience = "https://webhooks.example/api/webhooks/gemini/dynamic";
        using var key = RSA.Create(2048);
        return new SampleKeys(new Dictionary<string, string> { [AudienceSetting] = Audience }, new Signer(TokenKey.Of(key), Audience, StandardIssuer));
    }

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings)
    {
        var audience = settings.FirstOf(AudienceSetting)
            ?? throw new LocalHostException($"Setting {AudienceSetting} is missing: the audience that the deployment's tokens must name.");
        using var key = PrivateKey.Read(settings, PrivateKeySetting) ?? throw new LocalHostException(
            "Gemini's dynamic webhooks are signed with a private key of Google's; the app gets its public half from "
            + $"{PublicKeysSetting}. To send a sample to an app on this machine, make a key of your own ({PrivateKey.HowToMake}), "
            + $"run the app with {PublicKeysSetting}=http://127.0.0.1:7072/jwks.json, Assets__AllowLoopback=true and AZURE_FUNCTIONS_ENVIRONMENT=Development "
            + "(both commands read them from functions/local.settings.json), "
            + $"and name the key here: --private-key private.pem, or the setting {PrivateKeySetting}. While it sends, this command serves the public half there.");
        return new Signer(TokenKey.Of(key), audience, settings.FirstOf(IssuersSetting) ?? StandardIssuer);
    }

    private sealed class Signer(TokenKey key, string audience, string issuer) : SampleSigner
    {
        private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

        public override string PublicKeys { get; } = TokenKey.Publish(key);

        public override bool SignsTime => true;

        public override IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at)
        {
            var claims = JsonSerializer.Serialize(new
            {
                iss = issuer,
                aud = audience,
                iat = at.ToUnixTimeSeconds(),
                exp = (at + Lifetime).ToUnixTimeSeconds(),
                // Each delivery has a token of its own.
                jti = SampleScene.NewId(),
            });
            return new Dictionary<string, string>
            {
                ["webhook-id"] = webhookId,
                ["webhook-timestamp"] = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                ["webhook-signature"] = key.Sign(claims),
            };
        }
    }
}
