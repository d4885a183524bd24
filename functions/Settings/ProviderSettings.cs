using Microsoft.Extensions.Configuration;

namespace WebhookFunctions.Settings;

/// <summary>Reader of a provider's settings that collects what is wrong with them.</summary>
/// <param name="configuration">The app's settings.</param>
/// <param name="allowLoopback">Whether addresses may be on this machine, which is for development only.</param>
public sealed class ProviderSettings(IConfiguration configuration, bool allowLoopback)
{
    private readonly List<SettingProblem> _problems = [];

    /// <summary>The problems, in the order in which they were found.</summary>
    public IReadOnlyList<SettingProblem> Problems => _problems;

    /// <summary>
    /// Returns the value of a setting; null if it is missing or blank. A Key Vault reference that the platform could not resolve is reported as a
    /// problem, and returns null too.
    /// </summary>
    public string? Text(string setting)
    {
        // In environment variables, two underscores separate the parts of a name.
        var value = configuration[setting.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)]?.Trim();
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        // Searched anywhere in the value, because one of several secrets may be such a reference.
        if (value.Contains("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase))
        {
            Report(setting, "is a Key Vault reference that was not resolved");
            return null;
        }

        return value;
    }

    /// <summary>Returns the values of a setting that holds several, separated by white space; empty if it is missing.</summary>
    public IReadOnlyList<string> List(string setting) =>
        Text(setting)?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Returns whether a setting is <c>true</c> or <c>1</c>. Anything except these, <c>false</c>, <c>0</c> and a blank value is reported as
    /// a problem.</summary>
    public bool Flag(string setting)
    {
        switch (Text(setting)?.ToLowerInvariant())
        {
            case null or "false" or "0":
                return false;
            case "true" or "1":
                return true;
            default:
                Report(setting, "is neither true nor false");
                return false;
        }
    }

    /// <summary>Whether addresses may be on this machine, which is for development only.</summary>
    public bool AllowsLoopback { get; } = allowLoopback;

    /// <summary>Reports that a setting cannot be used. <paramref name="reason"/> must not contain any of its value.</summary>
    public void Report(string setting, string reason) => _problems.Add(new SettingProblem(setting, reason));
}
