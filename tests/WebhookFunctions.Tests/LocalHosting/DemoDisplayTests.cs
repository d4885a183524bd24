using LocalHost.Demo;
using Spectre.Console;

namespace WebhookFunctions.Tests.LocalHosting;

public sealed class DemoDisplayTests
{
    private static readonly DemoDownload First = new("sync/[1]/output", 1024 * 1024, 2 * 1024 * 1024, 512 * 1024);
    private static readonly DemoDownload Second = new("gemini/2/video", 1024, 3 * 1024 * 1024, 512);

    [Fact]
    public async Task A_pipe_is_told_of_each_change_and_the_downloads_under_way()
    {
        await using var output = new StringWriter();

        await ShowAsync(output, AnsiSupport.No, InteractionSupport.No);

        Assert.Equal(
            ["» 0 of 2 events ended, 0 of 2 assets", $"»   {First}", $"»   {Second}", "» 1 of 2 events ended, 1 of 2 assets", $"»   {Second}", "» 2 of 2 events ended, 2 of 2 assets"],
            output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_terminal_can_be_shown_any_download()
    {
        await using var output = new StringWriter();

        // What is drawn when is up to the library's timer; what it refuses to draw, it throws at.
        await ShowAsync(output, AnsiSupport.Yes, InteractionSupport.Yes);

        Assert.NotEmpty(output.ToString());
    }

    private static async Task ShowAsync(StringWriter output, AnsiSupport ansi, InteractionSupport interaction)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = ansi, Interactive = interaction, Out = new AnsiConsoleOutput(output) });
        await new DemoDisplay(console).WaitAsync(report =>
        {
            report(new DemoProgress(0, 2, 0, 2), [First, Second]);
            report(new DemoProgress(0, 2, 0, 2), [First, Second]);
            report(new DemoProgress(1, 2, 1, 2), [Second]);
            report(new DemoProgress(2, 2, 2, 2), []);
            return Task.CompletedTask;
        });
    }
}
