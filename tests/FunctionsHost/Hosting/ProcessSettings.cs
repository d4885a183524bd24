using System.Collections;

namespace FunctionsHost.Hosting;

/// <summary>Converter of this process's environment into the settings of an app.</summary>
internal static class ProcessSettings
{
    public static Dictionary<string, string> Read() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
}
