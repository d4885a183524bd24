using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LocalHost.Hosting;

namespace LocalHost.Samples;

/// <summary>Signer that follows Standard Webhooks, for every provider that uses them.</summary>
internal sealed class StandardWebhooksSigner(byte[] key) : SampleSigner
{
    private const string SecretPrefix = "whsec_";

    public override bool SignsTime => true;

    /// <summary>Creates a new secret for <paramref name="setting"/>.</summary>
    public static SampleKeys NewKeys(string setting)
    {
        // The scheme requires 24 to 64 bytes.
        var key = RandomNumberGenerator.GetBytes(32);
        return new SampleKeys(
            new Dictionary<string, string> { [setting] = SecretPrefix + Convert.ToBase64String(key) }, new StandardWebhooksSigner(key));
    }

    /// <summary>Returns a signer with the first secret of <paramref name="setting"/>.</summary>
    /// <param name="settings">The app's settings.</param>
    /// <param name="setting">The name of the setting.</param>
    /// <param name="description">A description of the secret for the user.</param>
    /// <exception cref="LocalHostException">The setting is missing or malformed.</exception>
    public static StandardWebhooksSigner Create(IReadOnlyDictionary<string, string> settings, string setting, string description)
    {
        var secret = settings.FirstOf(setting)
            ?? throw new LocalHostException($"Setting {setting} is missing: {description}.");
        try
        {
            return new StandardWebhooksSigner(
                Convert.FromBase64String(secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret));
        }
        catch (FormatException exception)
        {
            throw new LocalHostException($"Setting {setting} is malformed. It must be {SecretPrefix} followed by base64.", exception);
        }
    }

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
