using System.Diagnostics;
using System.Runtime.InteropServices;

/// <summary>
/// Startup hook that ends a worker when its host has ended. It runs in the worker before the app's own code, and ends the process when standard input
/// ends, which happens even if the host was killed. Without it, a worker that loses its host runs for ever (GrpcWorkerClientFactory of
/// https://github.com/Azure/azure-functions-dotnet-worker).
/// </summary>
/// <remarks>
/// The runtime prescribes name and shape: https://github.com/dotnet/runtime/blob/main/docs/design/features/host-startup-hook.md. The code may use
/// only the framework's assemblies.
/// </remarks>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (!OperatingSystem.IsWindows())
        {
            // Ctrl+C in a terminal reaches a whole process group, but only the host decides when its worker ends. On Windows the host starts the
            // worker in a group of its own.
            _ = setpgid(0, 0);
        }

        var lifeline = Console.OpenStandardInput();
        new Thread(() => EndWith(lifeline)) { IsBackground = true, Name = "Functions host's lifeline" }.Start();
    }

    private static void EndWith(Stream lifeline)
    {
        try
        {
            lifeline.CopyTo(Stream.Null);
        }
        catch (IOException)
        {
            // The host's end of the pipe is closed.
        }

        // Kills the process. An orderly exit may wait for an answer of the host that never arrives.
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int setpgid(int pid, int pgid);
}
