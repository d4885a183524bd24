using Microsoft.Extensions.Configuration;

namespace WebhookFunctions.Settings;

/// <summary>Reads a provider's settings and collects what is wrong with them.</summary>
/// <param name="configuration">The app's settings.</param>
/// <param name="allowLoopback">Whether addresses may be on this machine; only in development.</param>
public sealed class ProviderSettings(IConfiguration configuration, bool allowLoopback)
{
    private readonly List<SettingProblem> _problems = [];

    /// <summary>What is wrong, in the order in which it was found.</summary>
    public IReadOnlyList<SettingProblem> Problems => _problems;

    /// <summary>
    /// The value of a setting; null if it is missing or blank. Null too, and a problem, if it is a Key Vault reference that the platform could not
    /// resolve and whose text therefore stands in place of the secret.
    /// </summary>
    public string? Text(string setting)
    {
        var value = configuration[setting]?.Trim();
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        // Anywhere in it: one of several secrets may be such a reference.
        if (value.Contains("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase))
        {
            Report(setting, "is a Key Vault reference that was not resolved");
            return null;
        }

        return value;
    }

    /// <summary>The parts of a setting that holds several values with white space between them; empty where it is missing.</summary>
    public IReadOnlyList<string> List(string setting) =>
        Text(setting)?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Whether a setting is <c>true</c> or <c>1</c>; anything else but <c>false</c>, <c>0</c> and nothing is a problem.</summary>
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

    /// <summary>Whether addresses may be on this machine; only in development.</summary>
    public bool AllowsLoopback { get; } = allowLoopback;

    /// <summary>Says that a setting cannot be used. <paramref name="reason"/> must not hold any of its value.</summary>
    public void Report(string setting, string reason) => _problems.Add(new SettingProblem(setting, reason));
}
