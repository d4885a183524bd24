using System.Collections;

namespace FunctionsHost.Hosting;

/// <summary>This process's environment as the settings of an app.</summary>
internal static class ProcessSettings
{
    public static Dictionary<string, string> Read() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
}
