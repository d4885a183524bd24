using System.Diagnostics;
using EmbeddedServiceBus;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Broker;

/// <summary>Tests that kill a real process at work: <c>tests/BrokerConsole</c> with its command <c>work</c>.</summary>
public sealed class KilledBrokerTests : IDisposable
{
    private const int Callers = 16;
    private const int EnoughLines = 3_000;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Work_that_a_killed_process_confirmed_is_still_done_in_the_next_process()
    {
        var reported = await RunUntilKilledAsync();
        var sent = reported.Where(line => line[0] == '+').Select(line => line[1..]).ToHashSet();
        var completed = reported.Where(line => line[0] == '-').Select(line => line[1..]).ToHashSet();
        Assert.NotEmpty(sent);
        Assert.NotEmpty(completed);

        await using var broker = EmbeddedBroker.Open(new BrokerOptions { DataDirectory = directory.Path, Queues = [new QueueOptions { Name = "work" }] });
        var messages = await broker.PeekAsync("work", 0, int.MaxValue, TestContext.Current.CancellationToken);
        var remaining = messages.Select(message => message.Message.MessageId!).ToHashSet();

        Assert.Equal(messages.Count, remaining.Count);
        Assert.Empty(remaining.Intersect(completed));
        // Operations in progress at the kill may have succeeded without being printed: one send and one completion for each caller.
        Assert.InRange(sent.Except(completed).Except(remaining).Count(), 0, Callers);
        Assert.InRange(remaining.Except(sent).Count(), 0, Callers);
        // The locks of the killed process have been released.
        Assert.Equal(remaining.Count, (await broker.ReceiveAsync("work", remaining.Count, TimeSpan.Zero, cancellationToken: TestContext.Current.CancellationToken)).Count);
    }

    private async Task<IReadOnlyList<string>> RunUntilKilledAsync()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "BrokerConsole.dll"), "work", directory.Path, $"{Callers}" },
            RedirectStandardOutput = true,
        })!;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        try
        {
            var lines = new List<string>();
            while (await process.StandardOutput.ReadLineAsync(bound.Token) is { } line)
            {
                lines.Add(line);
                if (lines.Count == EnoughLines)
                    process.Kill();
            }

            await process.WaitForExitAsync(bound.Token);
            return lines;
        }
        finally
        {
            process.Kill();
        }
    }
}
