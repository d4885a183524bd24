using System.Net;
using EmbeddedServiceBus;
using LocalHost.Storage;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests that the worker logs an outage during which events are in progress in a few short lines.</summary>
public sealed class OutageTests(AzuriteFixture azurite)
{
    private const int Events = 10;
    private const int MaxLineLength = 500;

    [Fact]
    public async Task An_outage_of_storage_is_logged_at_its_start_and_end_and_not_for_each_event()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var directory = new TemporaryDirectory();
        var storage = await AzuriteServer.StartAsync(LastingPorts.Next(), directory.Path, cancellation);
        await using var app = await RunningApp.StartAsync(storage.ConnectionString);
        await storage.DisposeAsync();
        var sent = 0;
        app.Host.Broker.Before = operation =>
        {
            if (operation is { Name: nameof(IServiceBusBroker.SendAsync) or nameof(IServiceBusBroker.ScheduleAsync), Queue: QueueNames.WebhookEvents })
            {
                Interlocked.Increment(ref sent);
            }

            return Task.CompletedTask;
        };
        var webhooks = Enumerable.Range(0, Events).Select(_ => app.Write("sync", "FAILED").Webhook).ToList();
        foreach (var webhook in webhooks)
        {
            await app.AssertAcceptedAsync("sync", webhook);
        }

        // Each webhook is sent once, and again with each failed attempt. The outage ends then, because its length determines the length of the waits.
        await Eventually.TrueAsync(() => Task.FromResult(sent >= 2 * Events), "The failed attempts");
        await using var again = await AzuriteServer.StartAsync(storage.Ports, directory.Path, cancellation);
        foreach (var webhook in webhooks)
        {
            Assert.Equal(EventState.Recorded, (await app.EndedAsync("sync", webhook.WebhookId)).State);
        }

        // The end of the outage is logged after the last event or with the next request.
        await Eventually.TrueAsync(
            async () =>
            {
                await app.Host.RunTimerAsync("RunMaintenance", cancellation);
                return app.Logs.Lines.Any(line => line.Text.Contains("Storage is available again", StringComparison.Ordinal));
            },
            "The line that the outage is over");
        var lines = app.Logs.Lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text.Trim()).ToList();
        Assert.All(lines, line => Assert.InRange(line.Length, 1, MaxLineLength));
        Assert.StartsWith("Storage is unavailable (", lines.First(line => line.Contains("Storage", StringComparison.Ordinal)), StringComparison.Ordinal);
        // On a busy machine the outage may last more than a minute, and is then logged again.
        Assert.InRange(lines.Count(line => line.StartsWith("Storage is", StringComparison.Ordinal)), 2, 6);
        Assert.DoesNotContain(lines, line => webhooks.Exists(webhook => line.Contains(webhook.WebhookId, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_outage_of_the_broker_is_logged_at_its_start_and_end_and_not_for_each_webhook()
    {
        await using var app = await RunningApp.StartAsync(await azurite.NewAccountAsync());
        await app.AssertAcceptedAsync("sync", app.Write("sync", "FAILED").Webhook);
        // A message whose work has ended but which is not settled yet is reported too.
        await Eventually.TrueAsync(
            async () => await app.Host.GetCountsAsync(QueueNames.WebhookEvents, TestContext.Current.CancellationToken) == default, "An empty queue");
        // The app reports weak providers at its start.
        var atStart = app.Logs.Lines.Count;
        app.Host.Broker.IsUnavailable = true;

        var answers = await Task.WhenAll(Enumerable.Range(0, Events).Select(async _ =>
        {
            using var response = await app.PostAsync("sync", app.Write("sync", "FAILED").Webhook);
            return response.StatusCode;
        }));
        app.Host.Broker.IsUnavailable = false;
        // The end of the outage is logged with the first success after some seconds without a failure.
        await Eventually.TrueAsync(
            async () =>
            {
                using var response = await app.PostAsync("sync", app.Write("sync", "FAILED").Webhook);
                return app.Logs.Lines.Any(line => line.Text.Contains("The broker is available again", StringComparison.Ordinal));
            },
            "The line that the outage is over");

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
        var lines = app.Logs.Lines.Skip(atStart).Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text.Trim()).ToList();
        Assert.All(lines, line => Assert.InRange(line.Length, 1, MaxLineLength));
        Assert.StartsWith("The broker is unavailable (", lines[0], StringComparison.Ordinal);
        // On a busy machine the outage may last more than a minute, and is then logged again.
        Assert.InRange(lines.Count, 2, 6);
        Assert.All(lines, line => Assert.StartsWith("The broker is ", line, StringComparison.Ordinal));
    }
}
