using LocalHost.Demo;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;

namespace WebhookFunctions.Tests.LocalHosting;

public sealed class DemoDisplayTests
{
    private static readonly DemoProgress Beginning = new() { Webhooks = 9, Events = 2, Assets = 3 };

    [Fact]
    public async Task A_pipe_gets_a_line_for_each_change_but_not_for_each_request()
    {
        await using var output = new StringWriter();

        await WatchAsync(output, AnsiSupport.No, InteractionSupport.No);

        Assert.Equal(
            [
                "» 0 of 9 webhooks sent, 0 of 2 events ended, 0 of 3 files",
                "» 9 of 9 webhooks sent, 1 of 2 events ended, 1 of 3 files",
                "» 9 of 9 webhooks sent, 2 of 2 events ended, 3 of 3 files",
            ],
            Lines(output));
    }

    [Fact]
    public async Task A_terminal_shows_progress()
    {
        await using var output = new StringWriter();

        // The library draws by its own timer, and throws if a text contains invalid markup.
        await WatchAsync(output, AnsiSupport.Yes, InteractionSupport.Yes);

        Assert.Contains("Webhooks sent", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_is_shown_when_it_begins_and_its_duration_when_it_ends()
    {
        await using var output = new StringWriter();
        var clock = new FakeTimeProvider();

        var result = await new DemoDisplay(Console(output, AnsiSupport.No, InteractionSupport.No), clock).StepAsync("Starting [it]", () =>
        {
            Assert.Equal(["» Starting [it] …"], Lines(output));
            clock.Advance(TimeSpan.FromSeconds(2.5));
            return Task.FromResult(7);
        });

        Assert.Equal(7, result);
        Assert.Equal("» Starting [it]: 2.5 s", Lines(output)[^1]);
    }

    [Fact]
    public async Task Text_to_be_copied_is_not_wrapped()
    {
        await using var output = new StringWriter();
        var command = string.Join(' ', Enumerable.Repeat("word", 100));

        new DemoDisplay(Console(output, AnsiSupport.No, InteractionSupport.No), TimeProvider.System).ShowUnwrapped([command]);

        Assert.Equal([command], Lines(output));
    }

    private static string[] Lines(StringWriter output) => output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private static IAnsiConsole Console(StringWriter output, AnsiSupport ansi, InteractionSupport interaction) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Ansi = ansi, Interactive = interaction, Out = new AnsiConsoleOutput(output) });

    private static Task WatchAsync(StringWriter output, AnsiSupport ansi, InteractionSupport interaction) =>
        new DemoDisplay(Console(output, ansi, interaction), TimeProvider.System).WatchAsync(report =>
        {
            report(Beginning);
            report(Beginning);
            report(Beginning with { Sent = 5 });
            report(Beginning with { Sent = 9, EventsEnded = 1, AssetsEnded = 1 });
            report(Beginning with { Sent = 9, EventsEnded = 1, AssetsEnded = 1 });
            report(Beginning with { Sent = 9, EventsEnded = 2, AssetsEnded = 3 });
            return Task.CompletedTask;
        });
}
