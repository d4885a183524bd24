using System.Diagnostics;
using System.Net;
using EmbeddedServiceBus;
using FunctionsHost.Hosting;
using FunctionsHost.Workers;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.FunctionsHosting;

/// <summary>Tests of workers that end, hang or do not start.</summary>
public sealed class WorkerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    // While this file exists, the sample app does not start.
    private string Obstacle => Path.Combine(_directory.Path, "obstacle");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_killed_worker_is_replaced()
    {
        await using var host = await SampleHost.StartAsync();
        var first = await host.App.GetWorkerAsync(BoundedTest.Token);

        await KillAsync(first);

        var second = await NextAsync(host, first);
        Assert.NotEqual(first.ProcessId, second.ProcessId);
        Assert.Equal("one ", await host.GetTextAsync("/api/things/one"));
    }

    [Fact]
    public async Task While_a_worker_is_replaced_invocations_fail_at_once()
    {
        await using var host = await SampleHost.StartAsync(BlockStart);
        var first = await host.App.GetWorkerAsync(BoundedTest.Token);
        await File.WriteAllTextAsync(Obstacle, "", BoundedTest.Token);

        await KillAsync(first);
        await host.LoggedAsync(line => line.Text.Contains("This app does not start.", StringComparison.Ordinal), "The failure of the next worker");

        Assert.Equal(HttpStatusCode.InternalServerError, await StatusAsync(host, "/api/things/one"));
        await host.SendAsync(SampleHost.Queue, new BrokerMessage { MessageId = "hot", Subject = "complete" });
        // Each delivery is abandoned at once, until the queue's maximum delivery count of ten.
        var dead = await Eventually.GetAsync(
            async () => await host.Broker.PeekAsync($"{SampleHost.Queue}/$DeadLetterQueue", 0, 1, BoundedTest.Token), found => found.Count == 1, "The dead letter");
        Assert.Equal("MaxDeliveryCountExceeded", dead[0].Message.ApplicationProperties["DeadLetterReason"]);

        File.Delete(Obstacle);
        await NextAsync(host, first);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, "/api/things/one"));
    }

    [Fact]
    public async Task A_request_whose_function_ends_the_worker_is_answered_500()
    {
        await using var host = await SampleHost.StartAsync();
        using var answer = await host.Http.PostAsync(new Uri("/api/Crashes", UriKind.Relative), content: null, BoundedTest.Token);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        await host.LoggedAsync(
            line => line.Category.EndsWith("WorkerSupervisor", StringComparison.Ordinal) && line.Text.Contains("As the test asked for.", StringComparison.Ordinal),
            "The reason why the worker ended");
    }

    [Fact]
    public async Task A_message_whose_function_ends_the_worker_is_delivered_to_the_next()
    {
        // The highest limit that Service Bus allows, because the message is abandoned repeatedly until a worker is running.
        await using var host = await SampleHost.StartAsync(maxDeliveryCount: QueueOptions.LargestMaxDeliveryCount);
        await host.SendAsync(SampleHost.Queue, new BrokerMessage { MessageId = "crashing", Subject = "crash" });

        await Eventually.TrueAsync(
            async () => (await host.Broker.PeekAsync(SampleHost.Queue, 0, 1, BoundedTest.Token)).Count == 0, "The completion of the message");
        // The last log lines of the first worker may be lost with it.
        await host.LoggedAsync(
            line => line.Text.StartsWith("Message crashing, delivery", StringComparison.Ordinal)
                && !line.Text.StartsWith("Message crashing, delivery 1:", StringComparison.Ordinal),
            "The delivery to the next worker");
    }

    [Fact]
    public async Task An_invocation_that_takes_too_long_is_cancelled()
    {
        var clock = new FakeTimeProvider();
        await using var host = await SampleHost.StartAsync(options => options with { TimeProvider = clock });
        var first = await host.App.GetWorkerAsync(BoundedTest.Token);
        var request = host.Http.GetAsync(new Uri("/api/Waits", UriKind.Relative), BoundedTest.Token);
        await host.LoggedAsync(line => line.Text.StartsWith("Waits began", StringComparison.Ordinal), "The start of the function");

        clock.Advance(TimeSpan.FromMinutes(5));

        await host.LoggedAsync(
            line => line.Category == "Function.Waits" && line.Text.Contains("It took longer than 00:05:00.", StringComparison.Ordinal), "The failure of the invocation");
        (await request).Dispose();
        Assert.Equal(first, await host.App.GetWorkerAsync(BoundedTest.Token));
    }

    [Fact]
    public async Task A_worker_with_an_invocation_that_takes_too_long_and_cannot_be_cancelled_is_replaced()
    {
        var clock = new FakeTimeProvider();
        await using var host = await SampleHost.StartAsync(options => options with { TimeProvider = clock });
        var first = await host.App.GetWorkerAsync(BoundedTest.Token);
        var request = StatusAsync(host, "/api/Hangs");
        await host.LoggedAsync(line => line.Text.StartsWith("Hangs began", StringComparison.Ordinal), "The start of the function");

        clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(HttpStatusCode.InternalServerError, await request);
        await NextAsync(host, first);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, "/api/things/one"));
    }

    [Fact]
    public async Task An_app_that_does_not_start_is_reported_with_its_output()
    {
        await File.WriteAllTextAsync(Obstacle, "", BoundedTest.Token);

        var reason = await Assert.ThrowsAsync<FunctionsHostException>(() => SampleHost.StartAsync(BlockStart));

        Assert.Contains("This app does not start.", reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SAMPLE_QUEUE", null, "setting SAMPLE_QUEUE")]
    [InlineData("TICK_SCHEDULE", "often", "'often' is not a schedule")]
    [InlineData("ServiceBusConnection", null, "setting ServiceBusConnection")]
    [InlineData("ServiceBusConnection", "Endpoint=secret", "setting ServiceBusConnection is not a connection string")]
    [InlineData("AzureFunctionsJobHost__functionTimeout", "long", "host.json cannot be read")]
    public async Task The_error_for_an_invalid_setting_names_it(string name, string? value, string message)
    {
        var reason = await Assert.ThrowsAsync<FunctionsHostException>(() => SampleHost.StartAsync(options =>
        {
            var settings = new Dictionary<string, string>(options.Settings);
            settings.Remove(name);
            return options with { Settings = value is null ? settings : new Dictionary<string, string>(settings) { [name] = value } };
        }));

        Assert.Contains(message, reason.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_error_for_a_port_in_use_names_it()
    {
        await using var first = await SampleHost.StartAsync();

        var reason = await Assert.ThrowsAsync<FunctionsHostException>(() => SampleHost.StartAsync(options => options with { Port = first.App.BaseAddress.Port }));

        Assert.Contains($"{first.App.BaseAddress.Port}", reason.Message, StringComparison.Ordinal);
    }

    private static async Task KillAsync(WorkerDetails worker)
    {
        using var process = Process.GetProcessById(worker.ProcessId);
        process.Kill();
        await process.WaitForExitAsync(BoundedTest.Token);
    }

    private static Task<WorkerDetails> NextAsync(SampleHost host, WorkerDetails last) =>
        Eventually.GetAsync(() => host.App.GetWorkerAsync(BoundedTest.Token), worker => worker.ProcessId != last.ProcessId, "The next worker");

    private static async Task<HttpStatusCode> StatusAsync(SampleHost host, string path)
    {
        using var answer = await host.Http.GetAsync(new Uri(path, UriKind.Relative), BoundedTest.Token);
        return answer.StatusCode;
    }

    private FunctionsHostOptions BlockStart(FunctionsHostOptions options) =>
        options with { Settings = new Dictionary<string, string>(options.Settings) { ["SAMPLE_NO_START"] = Obstacle } };
}
