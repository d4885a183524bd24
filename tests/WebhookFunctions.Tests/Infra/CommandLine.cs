using System.Diagnostics;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Result of a program: its exit code and output.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>Gets the text of both streams, because tools write diagnostics to either of them.</summary>
    public string Everything => Output + Error;
}

/// <summary>Runner that runs a program until it ends.</summary>
internal static class CommandLine
{
    // Far longer than any program here takes. A program that waits for input then fails the test instead of blocking it.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    public static async Task<CommandResult> RunAsync(
        string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {Limit}.");
        }
    }
}
