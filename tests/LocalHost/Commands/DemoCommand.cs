using System.CommandLine;
using LocalHost.Demo;
using Spectre.Console;

namespace LocalHost.Commands;

/// <summary><c>demo</c>: the whole way, once, with nothing set up.</summary>
internal static class DemoCommand
{
    // A pipe has no width: wide enough for the longest table.
    private const int PipedWidth = 200;

    public static Command Create()
    {
        var command = new Command("demo", "Starts everything on free ports, sends sample webhooks of every provider, and shows what became of them.");
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = PipedWidth;
        }

        using var logs = new RecentLogs();
        var problems = await new DemoRun(new DemoDisplay(console), logs).RunAsync(cancellationToken);
        console.WriteLine();
        if (problems.Count == 0)
        {
            console.MarkupLine("[green]Every sample ended as it should; every body was kept as it came; every hash is equal.[/]");
            return 0;
        }

        foreach (var problem in problems)
        {
            console.MarkupLineInterpolated($"[red]{problem}[/]");
        }

        foreach (var line in logs.Lines)
        {
            console.MarkupLineInterpolated($"[grey]{line}[/]");
        }

        return 1;
    }
}
