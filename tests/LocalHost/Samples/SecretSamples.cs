using System.Security.Cryptography;
using System.Text;
using LocalHost.Hosting;

namespace LocalHost.Samples;

/// <summary>Samples of a provider that shares a secret with the deployment. The UTF-8 text of the secret is the key.</summary>
/// <param name="name">The provider's name.</param>
/// <param name="setting">The setting with the secret.</param>
/// <param name="description">A description of the secret for the user.</param>
internal abstract class SecretSamples(string name, string setting, string description) : ProviderSamples
{
    public override string Name => name;

    /// <summary>Gets the route of all samples.</summary>
    protected string Path => $"webhooks/{name}";

    /// <summary>Gets whether the signature covers the time.</summary>
    protected virtual bool SignsTime => false;

    public override SampleKeys NewKeys()
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        return new SampleKeys(new Dictionary<string, string> { [setting] = secret }, new Signer(this, secret));
    }

    public override SampleSigner SignerOf(IReadOnlyDictionary<string, string> settings) =>
        settings.FirstOf(setting) is { } secret ? new Signer(this, secret) : throw new LocalHostException($"Setting {setting} is missing: {description}.");

    /// <summary>Returns the headers that sign <paramref name="body"/> at a time.</summary>
    protected abstract IReadOnlyDictionary<string, string> Sign(string webhookId, string secret, ReadOnlySpan<byte> body, DateTimeOffset at);

    /// <summary>Returns the HMAC-SHA256 with the secret's text as the key, in lower-case hex.</summary>
    protected static string Hmac(string secret, string prefix, ReadOnlySpan<byte> body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes(prefix), .. body]));

    private sealed class Signer(SecretSamples samples, string secret) : SampleSigner
    {
        public override bool SignsTime => samples.SignsTime;

        public override IReadOnlyDictionary<string, string> Sign(string webhookId, ReadOnlySpan<byte> body, DateTimeOffset at) => samples.Sign(webhookId, secret, body, at);
    }
}
