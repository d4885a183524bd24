using System.Globalization;
using Spectre.Console;

namespace LocalHost.Demo;

/// <summary>Display of the demo on a terminal, or as plain lines in a pipe.</summary>
internal sealed class DemoDisplay(IAnsiConsole console, TimeProvider clock)
{
    private bool IsInteractive => console.Profile.Capabilities.Interactive;

    /// <summary>Writes a line about a completed step.</summary>
    public void Step(string step) => console.MarkupLineInterpolated($"[grey]»[/] {step}");

    /// <summary>Shows a step while it runs, and then how long it took.</summary>
    public async Task<T> StepAsync<T>(string step, Func<Task<T>> work)
    {
        var started = clock.GetTimestamp();
        T result;
        if (IsInteractive)
        {
            result = await console.Status().StartAsync(step.EscapeMarkup(), _ => work());
        }
        else
        {
            Step($"{step} …");
            result = await work();
        }

        Step(string.Create(CultureInfo.InvariantCulture, $"{step}: {clock.GetElapsedTime(started).TotalSeconds:0.0} s"));
        return result;
    }

    /// <summary>Shows the progress of the webhooks until <paramref name="work"/> has ended.</summary>
    public async Task WatchAsync(Func<Action<DemoProgress>, Task> work)
    {
        if (!IsInteractive)
        {
            DemoProgress? shown = null;
            await work(progress =>
            {
                // Writes no line for each of the hundreds of requests.
                if (progress == shown || (progress.Sent > 0 && progress.Sent < progress.Webhooks))
                {
                    return;
                }

                shown = progress;
                Step($"{progress.Sent} of {progress.Webhooks} webhooks sent, {progress.EventsEnded} of {progress.Events} events ended, {progress.AssetsEnded} of {progress.Assets} files");
            });
            return;
        }

        await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var (sent, events, assets) = (context.AddTask("Webhooks sent"), context.AddTask("Events ended"), context.AddTask("Files fetched"));
                await work(progress =>
                {
                    sent.MaxValue(progress.Webhooks).Value(progress.Sent);
                    events.MaxValue(progress.Events).Value(progress.EventsEnded);
                    assets.MaxValue(progress.Assets).Value(progress.AssetsEnded);
                });
            });
    }

    /// <summary>Writes lines of at most <see cref="DemoSummary.Width"/> characters.</summary>
    public void Show(IEnumerable<SummaryLine> lines)
    {
        foreach (var line in lines)
        {
            var style = line.IsAsExpected switch { true => "green", false => "red", null => null };
            console.MarkupLine(style is null ? line.Text.EscapeMarkup() : $"[{style}]{line.Text.EscapeMarkup()}[/]");
        }
    }

    /// <summary>Writes lines without wrapping them, so that their content can be copied in one piece.</summary>
    public void ShowUnwrapped(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            console.Profile.Out.Writer.WriteLine(line);
        }
    }
}
