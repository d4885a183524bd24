using LocalHost.Demo;
using LocalHost.Hosting;
using LocalHost.Samples;
using WebhookFunctions.Providers;

namespace LocalHost.Commands;

/// <summary>Lines in which <c>run</c> describes its configuration and commands to try. They contain names of settings, never values.</summary>
internal static class RunLines
{
    /// <summary>
    /// Returns a line for each provider: whether it is on, weak or off, the address to register for its webhooks, and the setting that would change its state.
    /// </summary>
    public static IEnumerable<string> OfProviders(ProviderCatalog providers, IReadOnlyDictionary<string, string> settings, Uri app)
    {
        foreach (var provider in providers.All)
        {
            var state = provider.Provider is null ? "off" : provider.Weakness is null ? "on" : "weak";
            var note = provider.Note is { } text ? $" ({text.TrimEnd('.')})" : "";
            yield return $"Provider {provider.Name}: {state}, {Address(provider.Name, settings, app)}{note}";
        }

        yield return $"Register this address with the provider, with a tunnel's name instead of {app.Authority}, and then use --keys.";
    }

    /// <summary>Returns commands to try: a sample of a provider that is on, or how to turn one on with a random secret. Returns nothing if the
    /// settings of all providers are invalid.</summary>
    public static IEnumerable<string> ToTry(ProviderCatalog providers, IReadOnlyDictionary<string, string> settings, Uri app)
    {
        var url = app.Port == RunCommand.DefaultPort ? "" : $" --url {app.GetLeftPart(UriPartial.Authority)}";
        var trial = ProviderSamples.All.Where(samples => samples.PrivateKeySetting is null && EventWithFiles(samples) is not null).ToList();
        var on = trial.Find(samples => providers.TryGet(samples.Provider, out _) && samples.VerifyingSettings.All(setting => settings.FirstOf(setting) is not null));
        if (on is not null)
        {
            yield return "Try, in another terminal:";
            yield return $"        {CommandText.Program} send {on.Name} {EventWithFiles(on)}{url}";
            yield return $"        {CommandText.Program} jobs{url}";
        }
        else if (trial.Find(each => providers.All.Any(provider => provider.Name == each.Provider && provider.Problems.Count == 0)) is { } samples)
        {
            var secret = samples.NewKeys().Settings;
            yield return $"Try {samples.Name} with a new random secret. Stop this with Ctrl+C, then in two terminals:";
            yield return $"        {CommandText.Format(["run"], secret)}";
            yield return $"        {CommandText.Format(["send", samples.Name, EventWithFiles(samples)!], secret)}";
        }
    }

    private static string Address(string provider, IReadOnlyDictionary<string, string> settings, Uri app)
    {
        var token = ProviderSamples.All.FirstOrDefault(samples => samples.Provider == provider)?.TokenSetting;
        var query = token is not null && settings.FirstOf(token) is not null ? $"?token=<a value of {token}>" : "";
        return $"{app}{LocalHostApp.RoutePrefix}/webhooks/{provider}{query}";
    }

    // The name of the first sample that leads to stored files.
    private static string? EventWithFiles(ProviderSamples samples) => samples.Samples.FirstOrDefault(sample =>
    {
        var scene = new SampleScene(SampleScene.NewId(), DateTimeOffset.UnixEpoch, file => $"https://media.example/{file}");
        return sample.Write(scene).AssetsFailed == 0 && scene.Files.Count > 0;
    })?.Event;
}
