using System.Diagnostics;
using LocalHost.Hosting;
using LocalHost.Samples;
using LocalHost.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage.Events;

namespace LocalHost.Demo;

/// <summary>
/// Run of the whole pipeline: Azurite, Service Bus, the app, a media server and the providers' APIs, on free ports and with generated keys. It
/// sends every sample and compares the results with the expected ones.
/// </summary>
/// <param name="display">The display.</param>
/// <param name="logs">The destination of the app's logs.</param>
/// <param name="finished">Called with the result while everything is still running. The demo ends when the returned task completes; if null, it
/// ends at once.</param>
internal sealed class DemoRun(DemoDisplay display, ILoggerProvider logs, Func<DemoResult, Task>? finished = null)
{
    // The time without progress after which the demo fails. The whole demo may take minutes on a busy machine, but with steady progress.
    private static readonly TimeSpan ProgressTimeout = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(300);

    /// <summary>Runs the demo.</summary>
    /// <param name="cancellationToken">Cancels the demo.</param>
    /// <returns>The differences from the expected results; empty if there are none.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken = default)
    {
        var directory = Directory.CreateTempSubdirectory("webhook-functions-demo-");
        try
        {
            return await RunAsync(directory.FullName, cancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task<IReadOnlyList<string>> RunAsync(string directory, CancellationToken cancellationToken)
    {
        await using var azurite = await display.StepAsync(
            "Starting storage (Azurite)", () => AzuriteServer.StartAsync(AzuritePorts.Free, Path.Combine(directory, "azurite"), cancellationToken));
        await using var media = await MediaServer.StartAsync(cancellationToken);
        await using var providers = await DemoProviders.StartAsync(cancellationToken);
        await using var app = await display.StepAsync("Starting the app", () => LocalHostApp.StartAsync(
            new LocalHostOptions
            {
                Settings = Settings(azurite, providers),
                BrokerDirectory = Path.Combine(directory, "servicebus"),
                ConfigureLogging = logging => logging.AddProvider(logs),
            },
            cancellationToken));
        display.Step($"Worker: {await app.GetWorkerAsync(cancellationToken)}");
        var results = ActivatorUtilities.CreateInstance<StoredResults>(app.Services);

        var plan = DeliveryPlan.Build(providers.All, media, TimeProvider.System);
        IReadOnlyList<Answer> answers = [];
        await display.WatchAsync(async report =>
        {
            var progress = Beginning(plan);
            answers = await SendAsync(plan, app, sent => report(progress with { Sent = sent }), cancellationToken);
            await AwaitEndsAsync(plan, results, progress with { Sent = plan.Count }, report, cancellationToken);
        });

        var found = await display.StepAsync(
            "Comparing what is stored", () => new DemoInspection(results, media, providers).FindAsync(answers, cancellationToken));
        IReadOnlyList<string> problems = found.Problems.Count == 0 ? [] : [.. found.Problems, .. await QueuesAsync(app, cancellationToken)];
        if (finished is not null)
        {
            await finished(new DemoResult(found, problems, app.BaseAddress, azurite.ConnectionString));
        }

        return problems;
    }

    private static DemoProgress Beginning(IReadOnlyList<Delivery> plan)
    {
        var genuine = Genuine(plan);
        return new DemoProgress
        {
            Webhooks = plan.Count,
            Events = genuine.Count,
            Assets = genuine.Sum(delivery => delivery.Scene.Files.Count + delivery.Webhook.AssetsFailed),
        };
    }

    private static List<Delivery> Genuine(IReadOnlyList<Delivery> plan) => [.. plan.Where(delivery => delivery.Kind == DeliveryKind.Genuine)];

    // Returns the counts of the queues, which show where the pipeline stopped.
    private static async Task<IReadOnlyList<string>> QueuesAsync(LocalHostApp app, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        foreach (var queue in QueueNames.Consumed)
        {
            lines.Add($"Queue {queue}: {await app.GetCountsAsync(queue, cancellationToken)}.");
        }

        return lines;
    }

    private static Dictionary<string, string> Settings(AzuriteServer azurite, DemoProviders providers)
    {
        var settings = providers.Settings.ToDictionary();
        settings["AzureWebJobsStorage"] = azurite.ConnectionString;
        settings["Assets__AllowLoopback"] = "true";
        settings["Assets__AllowedHosts"] = "127.0.0.1";
        return settings;
    }

    private static async Task<IReadOnlyList<Answer>> SendAsync(
        IReadOnlyList<Delivery> plan, LocalHostApp app, Action<int> report, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app.BaseAddress };
        var answers = new List<Answer>();
        foreach (var delivery in plan)
        {
            report(answers.Count);
            using var request = WebhookHttp.Request(
                new Uri($"{LocalHostApp.RoutePrefix}/{delivery.Path}", UriKind.Relative), delivery.Body, delivery.Headers);
            var started = Stopwatch.GetTimestamp();
            using var response = await http.SendAsync(request, cancellationToken);
            answers.Add(new Answer(delivery, (int)response.StatusCode, Stopwatch.GetElapsedTime(started)));
        }

        return answers;
    }

    private static async Task AwaitEndsAsync(
        IReadOnlyList<Delivery> plan, StoredResults results, DemoProgress sent, Action<DemoProgress> report, CancellationToken cancellationToken)
    {
        var genuine = Genuine(plan);
        var ended = new EventRow?[genuine.Count];
        var (last, since) = (sent, Stopwatch.GetTimestamp());
        while (true)
        {
            // Events that have ended are not read again, which saves requests.
            var rows = await Task.WhenAll(genuine.Select(async (delivery, i) =>
                ended[i] ?? await results.FindEventAsync(delivery.By.Samples.Space, delivery.Webhook.WebhookId, cancellationToken)));
            for (var i = 0; i < rows.Length; i++)
            {
                ended[i] = rows[i] is { IsFinal: true } row ? row : null;
            }

            var progress = sent with
            {
                EventsEnded = ended.Count(row => row is not null),
                AssetsEnded = rows.Sum(row => row is null ? 0 : row.AssetsStored + row.AssetsFailed),
            };
            report(progress);
            if (progress != last)
            {
                (last, since) = (progress, Stopwatch.GetTimestamp());
            }

            if (progress.EventsEnded == genuine.Count || Stopwatch.GetElapsedTime(since) > ProgressTimeout)
            {
                return;
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }
}
