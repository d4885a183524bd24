using System.Diagnostics;
using LocalHost.Hosting;
using LocalHost.Samples;
using LocalHost.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;

namespace LocalHost.Demo;

/// <summary>
/// The whole way in one run: Azurite, Service Bus, the app, a media server and the providers' APIs on free ports with keys of its own;
/// every sample sent; what became of each compared with what should.
/// </summary>
internal sealed class DemoRun(DemoDisplay display, ILoggerProvider logs)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs it.</summary>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>What differs from what should be; nothing where all is well.</returns>
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
        display.Step("Starting Azurite");
        await using var azurite = await AzuriteServer.StartAsync(AzuritePorts.Free, Path.Combine(directory, "azurite"), cancellationToken);
        await using var media = await MediaServer.StartAsync(cancellationToken);
        var downloads = new PacedMedia(media);
        await using var providers = await DemoProviders.StartAsync(cancellationToken);

        display.Step("Starting the app");
        await using var app = await LocalHostApp.StartAsync(
            new LocalHostOptions
            {
                Settings = Settings(azurite, providers),
                BrokerDirectory = Path.Combine(directory, "servicebus"),
                ConfigureLogging = logging => logging.AddProvider(logs),
            },
            cancellationToken);
        display.Step($"Worker: {await app.GetWorkerAsync(cancellationToken)}");
        var results = ActivatorUtilities.CreateInstance<StoredResults>(app.Services);

        var plan = DeliveryPlan.Of(providers.All, media, TimeProvider.System);
        display.Step($"Sending {plan.Count} webhooks to {app.BaseAddress}");
        var answers = await SendAsync(plan, app, cancellationToken);
        var genuine = plan.Where(delivery => delivery.Kind == DeliveryKind.Genuine).ToList();
        await display.WaitAsync(progress => AwaitEndsAsync(genuine, results, downloads, progress, cancellationToken));

        var found = await new DemoInspection(results, media, providers).FindAsync(answers, cancellationToken);
        display.Show(found);
        return found.Problems.Count == 0 ? [] : [.. found.Problems, .. await QueuesAsync(app, cancellationToken)];
    }

    // What is still in the queues says where it stands still.
    private static async Task<IReadOnlyList<string>> QueuesAsync(LocalHostApp app, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        foreach (var queue in (string[])[QueueNames.WebhookEvents, QueueNames.AssetDownloads])
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
        IReadOnlyList<Delivery> plan, LocalHostApp app, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app.BaseAddress };
        var answers = new List<Answer>();
        foreach (var delivery in plan)
        {
            using var request = WebhookHttp.Request(
                new Uri($"{LocalHostApp.RoutePrefix}/{delivery.Sample.Path}", UriKind.Relative), delivery.Body, delivery.Headers);
            var started = Stopwatch.GetTimestamp();
            using var response = await http.SendAsync(request, cancellationToken);
            answers.Add(new Answer(delivery, (int)response.StatusCode, Stopwatch.GetElapsedTime(started)));
        }

        return answers;
    }

    private static async Task AwaitEndsAsync(
        List<Delivery> genuine,
        StoredResults results,
        PacedMedia downloads,
        Action<DemoProgress, IReadOnlyList<DemoDownload>> report,
        CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var rows = await Task.WhenAll(genuine.Select(
                delivery => results.FindEventAsync(delivery.By.Samples.Space, delivery.Webhook.WebhookId, cancellationToken)));
            var ended = rows.Count(row => row is { IsFinal: true });
            report(
                new DemoProgress(
                    ended,
                    genuine.Count,
                    rows.Sum(row => row is null ? 0 : row.AssetsStored + row.AssetsFailed),
                    genuine.Sum(delivery => delivery.Scene.Files.Count + delivery.Webhook.AssetsFailed)),
                downloads.Running);
            if (ended == genuine.Count || waited.Elapsed > LongestWait)
            {
                return;
            }

            await Task.Delay(Poll, cancellationToken);
        }
    }
}
