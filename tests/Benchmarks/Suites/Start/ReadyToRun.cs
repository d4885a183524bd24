using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Benchmarks.Suites.Start;

/// <summary>Publishes this program with its code compiled beforehand.</summary>
internal static class ReadyToRun
{
    /// <returns>The published assembly.</returns>
    /// <exception cref="InvalidOperationException">It could not be published: its source lacks the compiler's package, for example.</exception>
    public static async Task<string> PublishAsync(CancellationToken cancellationToken)
    {
        // Beside the ordinary build's output, which is in use at this moment.
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
        var said = await publish.StandardOutput.ReadToEndAsync(cancellationToken);
        await publish.WaitForExitAsync(cancellationToken);
        return publish.ExitCode == 0
            ? Path.Combine(artifacts, "publish", "Benchmarks", $"release_{runtime}", Path.GetFileName(typeof(ReadyToRun).Assembly.Location))
            : throw new InvalidOperationException($"Publishing failed:{Environment.NewLine}{said}");
    }
}
