using System.Diagnostics;
using System.Runtime.InteropServices;

/// <summary>
/// What the host adds to a worker: it runs there before the app's own code. The worker ends when its standard input ends, which it does
/// when the host is gone, however that one ended. The worker runs on for ever when it loses its host (GrpcWorkerClientFactory of
/// https://github.com/Azure/azure-functions-dotnet-worker).
/// </summary>
/// <remarks>
/// Name and shape are the runtime's: https://github.com/dotnet/runtime/blob/main/docs/design/features/host-startup-hook.md. Nothing here may
/// need another assembly than the framework's.
/// </remarks>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (!OperatingSystem.IsWindows())
        {
            // Ctrl+C in a terminal goes to a whole process group; the host alone decides when its worker ends. On Windows it starts it so.
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
            // The other end is gone.
        }

        // As the host ended: at once. An orderly end may wait for what never comes.
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int setpgid(int pid, int pgid);
}
