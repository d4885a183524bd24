using System.Diagnostics;

namespace FunctionsHost.Workers;

/// <summary>
/// Environment of a worker: the app settings, the host's variables, and the variables of this process that any program needs. Other variables of this
/// process are not inherited, so that they cannot configure the app.
/// </summary>
internal static class WorkerEnvironment
{
    private const string StartupHooks = "DOTNET_STARTUP_HOOKS";

    private static readonly HashSet<string> Inherited = new(StringComparer.OrdinalIgnoreCase)
    {
        "PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP",
        "HOME", "USER", "LOGNAME", "SHELL", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
        "SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "OS", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
        "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "ProgramData", "ALLUSERSPROFILE", "PUBLIC",
        "ProgramFiles", "ProgramFiles(x86)", "ProgramW6432", "CommonProgramFiles", "CommonProgramFiles(x86)", "CommonProgramW6432",
        "DOTNET_ROOT", "DOTNET_ROOT(x86)", "DOTNET_ROOT_X64", "DOTNET_ROOT_X86", "DOTNET_ROOT_ARM64", "DOTNET_HOST_PATH", "DOTNET_CLI_HOME",
    };

    /// <summary>Sets the environment of a worker that is about to start.</summary>
    public static void Apply(ProcessStartInfo start, string directory, IReadOnlyDictionary<string, string> settings)
    {
        foreach (var name in start.Environment.Keys.Where(name => !Inherited.Contains(name)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = directory;
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = directory;
        var hook = typeof(StartupHook).Assembly.Location;
        start.Environment[StartupHooks] =
            start.Environment.TryGetValue(StartupHooks, out var others) && others is { Length: > 0 } ? $"{hook}{Path.PathSeparator}{others}" : hook;
    }
}
