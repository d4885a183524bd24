using LocalHost.Hosting;
using Microsoft.Extensions.Configuration;

namespace LocalHost.Functions;

/// <summary>An attribute's value that may name a setting, as <c>%NAME%</c>.</summary>
internal static class SettingReference
{
    /// <exception cref="LocalHostException">The setting is not there.</exception>
    public static string Resolve(string value, IConfiguration configuration) =>
        value is ['%', .. var name, '%']
            ? configuration[name] ?? throw new LocalHostException($"Setting {name}, which a trigger names, is not there.")
            : value;
}
