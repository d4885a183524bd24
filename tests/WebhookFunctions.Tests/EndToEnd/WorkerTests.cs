using System.Diagnostics;
using System.Net;
using System.Reflection;
using FunctionsHost.Functions;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of the app's own build in the worker process of a Functions host.</summary>
public sealed class WorkerTests(SharedApp shared) : IClassFixture<SharedApp>
{
    [Fact]
    public async Task Every_function_of_the_app_is_loaded_with_its_trigger()
    {
        var declared = typeof(ReceiveWebhook).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Select(method => method.GetCustomAttribute<FunctionAttribute>()?.Name)
            .OfType<string>();

        var functions = shared.Running.Host.Functions;

        Assert.Equal(declared.Order(StringComparer.OrdinalIgnoreCase), functions.Select(function => function.Name));
        var queues = functions.Select(function => function.Trigger).OfType<ServiceBusTrigger>().ToList();
        Assert.Equal([QueueNames.AssetDownloads, QueueNames.JobNotifications, QueueNames.WebhookEvents], queues.Select(trigger => trigger.Queue).Order(StringComparer.Ordinal));
        Assert.All(queues, trigger => Assert.False(trigger.AutoComplete));
        Assert.Single(functions, function => function.Trigger is TimerTrigger);
        Assert.Null(await shared.Running.Host.RunTimerAsync(nameof(RunMaintenance), BoundedTest.Token));
    }

    [Theory]
    [InlineData("GET", "health", HttpStatusCode.OK)]
    [InlineData("GET", "webhooks/sync", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "webhooks/sync", HttpStatusCode.BadRequest)]
    [InlineData("POST", "webhooks/nobody", HttpStatusCode.NotFound)]
    [InlineData("GET", "webhooks/sync/recover", HttpStatusCode.NotFound)]
    [InlineData("POST", "health", HttpStatusCode.NotFound)]
    public async Task A_request_is_answered_by_the_app_or_by_the_host(string method, string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var answer = await shared.Running.SendAsync(request);

        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_worker_that_is_killed_in_the_middle_of_a_download_is_replaced_and_the_event_ends()
    {
        var app = shared.Running;
        var first = await app.Host.GetWorkerAsync(BoundedTest.Token);
        var midway = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Media.Before = async (context, _) =>
        {
            if (midway.TrySetResult())
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
            }
        };
        var (webhook, scene) = app.Write("sync", "COMPLETED");
        await app.AssertAcceptedAsync("sync", webhook);
        await midway.Task.WaitAsync(BoundedTest.Token);

        using (var worker = Process.GetProcessById(first.ProcessId))
        {
            worker.Kill();
        }

        var row = await app.EndedAsync("sync", webhook.WebhookId);
        Assert.Equal(EventState.Completed, row.State);
        await app.AssertStoredAsync(row, scene);
        Assert.NotEqual(first, await app.Host.GetWorkerAsync(BoundedTest.Token));
        Assert.Equal(0, (await app.Host.GetCountsAsync(QueueNames.AssetDownloads, BoundedTest.Token)).DeadLetters);
    }
}
