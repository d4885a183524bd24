using Microsoft.Extensions.Configuration;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Factory of settings with names as in the environment.</summary>
internal static class TestSettings
{
    public static IConfiguration Configuration(params ReadOnlySpan<(string Name, string? Value)> values)
    {
        var dictionary = new Dictionary<string, string?>();
        foreach (var (name, value) in values)
        {
            // .NET's configuration provider of environment variables replaces them in the same way.
            dictionary[name.Replace("__", ":", StringComparison.Ordinal)] = value;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(dictionary).Build();
    }

    public static ProviderSettings Create(params ReadOnlySpan<(string Name, string? Value)> values) => new(Configuration(values), allowLoopback: false);
}
