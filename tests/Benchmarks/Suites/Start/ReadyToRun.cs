using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Benchmarks.Suites.Start;

/// <summary>Publisher of this program with ahead-of-time compiled code (ReadyToRun).</summary>
internal static class ReadyToRun
{
    /// <summary>Publishes the program and returns the path of the published assembly.</summary>
    /// <exception cref="InvalidOperationException">The publish failed, for example because the package source lacks the compiler's package.</exception>
    public static async Task<string> PublishAsync(CancellationToken cancellationToken)
    {
        // Not in the ordinary output folder, which the running program uses.
        var artifacts = Path.Combine(RepositoryPaths.Results, "readytorun");
        var runtime = RuntimeInformation.RuntimeIdentifier;
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "publish", RepositoryPaths.Project, "--configuration", "Release", "--runtime", runtime, "--no-self-contained",
                "--artifacts-path", artifacts, "--verbosity", "quiet", "--nologo", "-p:PublishReadyToRun=true",
            ])
        {
            RedirectStandardOutput = true,
        };
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync(cancellationToken);
        await publish.WaitForExitAsync(cancellationToken);
        return publish.ExitCode == 0
            ? Path.Combine(artifacts, "publish", "Benchmarks", $"release_{runtime}", Path.GetFileName(typeof(ReadyToRun).Assembly.Location))
            : throw new InvalidOperationException($"Publishing failed:{Environment.NewLine}{output}");
    }
}
