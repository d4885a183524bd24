using System.CommandLine;
using LocalHost.Demo;
using Spectre.Console;

namespace LocalHost.Commands;

/// <summary>Command <c>demo</c> that runs the whole pipeline once, without any setup.</summary>
internal static class DemoCommand
{
    // A pipe has no width, so the width is large enough that no line is broken.
    private const int PipedWidth = 200;

    public static Command Create()
    {
        var details = new Option<bool>("--details") { Description = "Shows every webhook, event and file before the summary." };
        var keep = new Option<bool>("--keep") { Description = "Keeps everything running after the summary, until Ctrl+C, and shows where to look." };
        var command = new Command("demo", "Starts everything on free ports, sends sample webhooks of every provider, and shows the results.")
        {
            details, keep,
        };
        command.SetAction((arguments, cancellationToken) => RunAsync(arguments.GetValue(details), arguments.GetValue(keep), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(bool details, bool keep, CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = PipedWidth;
        }

        using var logs = new RecentLogs();
        var display = new DemoDisplay(console, TimeProvider.System);
        var problems = await new DemoRun(display, logs, FinishedAsync).RunAsync(cancellationToken);
        return problems.Count == 0 ? 0 : 1;

        async Task FinishedAsync(DemoResult result)
        {
            if (details)
            {
                display.Show(DemoDetails.Build(result.Found));
            }

            if (result.Problems.Count > 0)
            {
                display.ShowUnwrapped(details ? [.. logs.Lines, "", .. result.Problems] : logs.Lines);
            }

            display.Show([new SummaryLine(""), .. DemoSummary.Build(result.Found, result.Problems, keep ? [] : DemoTour.Next)]);
            if (keep)
            {
                display.ShowUnwrapped(DemoTour.Build(result));
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
