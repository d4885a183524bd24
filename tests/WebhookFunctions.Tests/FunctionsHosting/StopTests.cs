using System.Diagnostics;
using System.Net;
using System.Text;
using EmbeddedServiceBus;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.FunctionsHosting;

/// <summary>Tests that a host stops as the Functions host does: it waits for running functions, cancels them, and then ends at once.</summary>
public sealed class StopTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_stop_waits_for_running_functions_while_queues_continue()
    {
        var file = Path.Combine(_directory.Path, "go");
        await using var host = await SampleHost.StartAsync(options => options with { DrainTime = Eventually.MaxWait });
        var request = host.Http.GetAsync(new Uri($"/api/WaitsForFile?path={Uri.EscapeDataString(file)}", UriKind.Relative), BoundedTest.Token);
        await host.LoggedAsync(line => line.Text.StartsWith("WaitsForFile began", StringComparison.Ordinal), "The start of the function");

        var stop = host.App.DisposeAsync().AsTask();
        await host.SendAsync(SampleHost.AutoCompleteQueue, new BrokerMessage { MessageId = "late" });
        await host.LoggedAsync(line => line.Text.StartsWith("Message late,", StringComparison.Ordinal), "The message that arrived while the host stopped");
        Assert.False(stop.IsCompleted);
        await File.WriteAllTextAsync(file, "", BoundedTest.Token);

        using var answer = await request;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await stop.WaitAsync(BoundedTest.Token);
    }

    [Fact]
    public async Task A_drained_host_receives_nothing_more_and_lets_running_functions_end()
    {
        var file = Path.Combine(_directory.Path, "go");
        await using var host = await SampleHost.StartAsync();
        await host.SendAsync(SampleHost.Queue, new BrokerMessage { MessageId = "running", Subject = "wait for the file", Body = Encoding.UTF8.GetBytes(file) });
        await host.LoggedAsync(line => line.Text.StartsWith("Message running,", StringComparison.Ordinal), "The start of the function");

        var drain = host.App.DrainAsync();
        Assert.Equal("there", await host.GetTextAsync($"/api/WaitsForFile?path={Uri.EscapeDataString(SampleHost.Assembly)}"));
        Assert.False(drain.IsCompleted);
        await File.WriteAllTextAsync(file, "", BoundedTest.Token);
        await drain.WaitAsync(BoundedTest.Token);
        await host.SendAsync(SampleHost.Queue, new BrokerMessage { MessageId = "late" });
        await host.App.DisposeAsync();

        Assert.Equal(new QueueCounts(Active: 1, Scheduled: 0, Deferred: 0, Locked: 0, DeadLetters: 0), await host.Broker.GetCountsAsync(SampleHost.Queue, BoundedTest.Token));
        Assert.DoesNotContain(host.Logs.Lines, line => line.Text.StartsWith("Message late,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_function_that_still_runs_after_the_wait_is_cancelled_and_its_message_stays_locked()
    {
        await using var host = await SampleHost.StartAsync(options => options with { DrainTime = TimeSpan.FromMilliseconds(100) });
        var worker = await host.App.GetWorkerAsync(BoundedTest.Token);
        await host.SendAsync(SampleHost.Queue, new BrokerMessage { MessageId = "waiting", Subject = "wait" });
        await host.LoggedAsync(line => line.Text.StartsWith("Message waiting", StringComparison.Ordinal), "The start of the function");

        await host.App.DisposeAsync().AsTask().WaitAsync(BoundedTest.Token);

        Assert.Equal(new QueueCounts(Active: 1, Scheduled: 0, Deferred: 0, Locked: 1, DeadLetters: 0), await host.Broker.GetCountsAsync(SampleHost.Queue, BoundedTest.Token));
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(worker.ProcessId));
    }

    [Fact]
    public async Task An_invocation_that_ignores_its_cancellation_does_not_delay_the_stop()
    {
        await using var host = await SampleHost.StartAsync(options => options with { DrainTime = TimeSpan.FromMilliseconds(100) });
        var worker = await host.App.GetWorkerAsync(BoundedTest.Token);
        var request = host.Http.GetAsync(new Uri("/api/Hangs", UriKind.Relative), BoundedTest.Token);
        await host.LoggedAsync(line => line.Text.StartsWith("Hangs began", StringComparison.Ordinal), "The start of the function");

        await host.App.DisposeAsync().AsTask().WaitAsync(BoundedTest.Token);

        await Assert.ThrowsAsync<HttpRequestException>(() => request);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(worker.ProcessId));
    }
}
