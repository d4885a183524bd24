using Microsoft.Extensions.Configuration;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Makes settings as the environment gives them.</summary>
internal static class TestSettings
{
    public static IConfiguration Configuration(params ReadOnlySpan<(string Name, string? Value)> values)
    {
        var dictionary = new Dictionary<string, string?>();
        foreach (var (name, value) in values)
        {
            // As the provider of environment variables does it.
            dictionary[name.Replace("__", ":", StringComparison.Ordinal)] = value;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(dictionary).Build();
    }

    public static ProviderSettings Of(params ReadOnlySpan<(string Name, string? Value)> values) => new(Configuration(values), allowLoopback: false);
}
