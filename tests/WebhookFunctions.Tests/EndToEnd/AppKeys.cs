using LocalHost.Samples;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Keys for every provider that does not publish its own, with the app settings for them.</summary>
internal sealed class AppKeys
{
    private readonly Dictionary<string, SampleKeys> _keys = ProviderSamples.All
        .Where(provider => provider.PublicKeysSetting is null)
        .ToDictionary(provider => provider.Name, provider => provider.NewKeys());

    public static ProviderSamples Samples(string provider) => ProviderSamples.All.Single(samples => samples.Name == provider);

    /// <summary>Returns the headers that sign a body as the provider does.</summary>
    public IReadOnlyDictionary<string, string> Sign(string provider, string webhookId, byte[] body, TimeSpan age = default) =>
        _keys[provider].Signer.Sign(webhookId, body, TimeProvider.System.GetUtcNow() - age);

    public Dictionary<string, string> Settings(string storage)
    {
        var settings = _keys.Values.SelectMany(keys => keys.Settings).ToDictionary();
        settings["AzureWebJobsStorage"] = storage;
        // On a loaded machine enqueueing may be slow. The app would then answer 503 correctly, and the tests would fail.
        settings["Receive__EnqueueTimeout"] = "00:01:00";
        settings["Assets__AllowLoopback"] = "true";
        settings["Assets__AllowedHosts"] = "127.0.0.1";
        return settings;
    }
}
