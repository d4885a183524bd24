using System.Text.Json;
using FunctionsHost.Hosting;
using Microsoft.Extensions.Configuration;

namespace LocalHost.Hosting;

/// <summary>App settings as Core Tools read them: <c>Values</c> of functions/local.settings.json, overridden by the environment.</summary>
internal static class LocalSettings
{
    private static readonly JsonSerializerOptions WithComments = new() { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads the settings. Their names are not case-sensitive.</summary>
    /// <exception cref="LocalHostException">The file exists but can't be read.</exception>
    public static Dictionary<string, string> Read()
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (System.IO.File.Exists(RepositoryPaths.LocalSettings))
        {
            foreach (var (name, value) in ReadFile(RepositoryPaths.LocalSettings))
            {
                settings[name] = value;
            }
        }

        foreach (var (name, value) in ProcessSettings.Read())
        {
            settings[name] = value;
        }

        return settings;
    }

    /// <summary>Returns the first of a setting's values, which are separated by spaces; null if it is missing or empty.</summary>
    public static string? FirstOf(this IReadOnlyDictionary<string, string> settings, string setting) =>
        settings.GetValueOrDefault(setting)?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();

    /// <summary>Returns the settings as the app's configuration. Two underscores separate levels, as in the environment.</summary>
    public static IConfigurationRoot ToConfiguration(IReadOnlyDictionary<string, string> settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting =>
            KeyValuePair.Create(setting.Key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), (string?)setting.Value)))
        .Build();

    private static Dictionary<string, string> ReadFile(string path)
    {
        File? file;
        try
        {
            file = JsonSerializer.Deserialize<File>(System.IO.File.ReadAllBytes(path), WithComments);
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            // The message of a JsonException contains a position and no value, so it cannot disclose a secret.
            throw new LocalHostException($"{path} can't be read: {exception.Message}", exception);
        }

        return file switch
        {
            { IsEncrypted: true } => throw new LocalHostException($"{path} is encrypted: decrypt it with 'func settings decrypt'."),
            _ => file?.Values ?? [],
        };
    }

    private sealed record File(bool IsEncrypted, Dictionary<string, string>? Values);
}
