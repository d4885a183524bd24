using WebhookFunctions.Providers;

namespace LocalHost.Commands;

/// <summary>Lines that say which providers are on, weak and off, and the setting that would change it. They never hold a value.</summary>
internal static class ProviderLines
{
    /// <summary>Writes a line for each provider.</summary>
    public static void Write(ProviderCatalog providers, TextWriter output)
    {
        foreach (var provider in providers.All)
        {
            var state = provider.Provider is null ? "off" : provider.Weakness is null ? "on" : "weak";
            output.WriteLine($"Provider {provider.Name}: {state}{(provider.Note is { } note ? $" ({note.TrimEnd('.')})" : "")}");
        }
    }
}
