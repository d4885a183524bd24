using System.Security.Cryptography;
using System.Text;
using LocalHost.Hosting;

namespace LocalHost.Samples;

/// <summary>What a provider sends that shares a secret with the deployment, of which the text is the key.</summary>
/// <param name="name">The provider's name.</param>
/// <param name="setting">The setting with the secret.</param>
/// <param name="whatItIs">What the setting is to hold, in words for a person.</param>
internal abstract class SecretSamples(string name, string setting, string whatItIs) : ProviderSamples
{
    public override string Name => name;

    /// <summary>Where all of them are sent.</summary>
    protected string Path => $"webhooks/{name}";

    /// <summary>Whether the time is signed too.</summary>
    protected virtual bool SignsTime => false;

    public override SampleKeys NewKeys()
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        return new SampleKeys(new Dictionary<string, string> { [setting] = secret }, new Signer(this, secret));
    }

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) =>
        settings.FirstOf(setting) is { } secret ? new Signer(this, secret) : throw new LocalHostException($"Setting {setting} is missing: {whatItIs}.");

    /// <summary>The headers that make <paramref name="body"/> the provider's word at a time.</summary>
    protected abstract IReadOnlyDictionary<string, string> Sign(string webhookId, string secret, ReadOnlySpan<byte> body, DateTimeOffset at);

    /// <summary>The HMAC-SHA256 under the secret's text, in lower-case hex.</summary>
    protected static string Hmac(string secret, string prefix, ReadOnlySpan<byte> body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes(prefix), .. body]));

    private sealed class Signer(SecretSamples samples, string secret) : SampleSigner
    {
        public override bool SignsTime => samples.SignsTime;

        public override IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at) => samples.Sign(webhookId, secret, body, at);
    }
}
