using System.Globalization;

namespace LocalHost.Demo;

/// <summary>Commands of this program, as typed into a terminal.</summary>
internal static class CommandText
{
    /// <summary>The prefix of each command of this program.</summary>
    public const string Program = "dotnet run --no-build --project tests/LocalHost --";

    /// <summary>Returns a command with settings in its environment: for PowerShell on Windows, for a POSIX shell elsewhere.</summary>
    public static string Format(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? settings = null)
    {
        var format = OperatingSystem.IsWindows() ? "$env:{0}='{1}'; " : "{0}='{1}' ";
        var environment = settings?.Select(setting => string.Format(CultureInfo.InvariantCulture, format, setting.Key, setting.Value)) ?? [];
        return $"{string.Concat(environment)}{Program} {string.Join(' ', arguments)}";
    }
}
