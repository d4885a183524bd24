using System.Diagnostics;
using System.Globalization;
using System.Text;
using Benchmarks.Processes;
using LocalHost.Hosting;
using LocalHost.Samples;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage;

namespace Benchmarks.Suites.Pipeline;

/// <summary>Local host that runs the whole app as a worker over Azurite, with its queues on disk, and sends webhooks to it.</summary>
internal sealed class PipelineHost : IAsyncDisposable
{
    // Two assets for each event, each as large as a preview image.
    private const int AssetBytes = 16 * 1024;
    private const int Senders = 16;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly DirectoryInfo _messages;
    private readonly LocalHostApp _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler());
    private readonly Sample _sample;
    private readonly SampleSigner _signer;
    private readonly Uri _media;

    private PipelineHost(DirectoryInfo messages, LocalHostApp app, Sample sample, SampleSigner signer, Uri media) =>
        (_messages, _app, _sample, _signer, _media) = (messages, app, sample, signer, media);

    public static async Task<PipelineHost> StartAsync(int calls, string azurite, Uri media, CancellationToken cancellationToken)
    {
        var sync = ProviderSamples.All.Single(provider => provider.Name == "sync");
        var keys = sync.NewKeys();
        var downloads = calls.ToString(CultureInfo.InvariantCulture);
        var messages = Directory.CreateTempSubdirectory("benchmark-queue-");
        var app = await LocalHostApp.StartAsync(
            new LocalHostOptions
            {
                Settings = new Dictionary<string, string>(keys.Settings)
                {
                    [StorageNames.Connection] = azurite,
                    ["Assets__AllowLoopback"] = "true",
                    ["Assets__MaxDownloads"] = downloads,
                    ["Assets__MaxDownloadsPerHost"] = downloads,
                    // Overrides host.json.
                    ["AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls"] = downloads,
                },
                BrokerDirectory = messages.FullName,
            },
            cancellationToken);
        return new PipelineHost(messages, app, sync.Samples.Single(sample => sample.Event == "COMPLETED"), keys.Signer, media);
    }

    /// <summary>Returns the processor time so far of this process (the host, the broker and the sender) and of the worker.</summary>
    public async Task<TimeSpan> CpuAsync(CancellationToken cancellationToken) =>
        Usage.Read(Environment.ProcessId).Cpu + Usage.Read((await _app.GetWorkerAsync(cancellationToken)).ProcessId).Cpu;

    /// <summary>Sends webhooks and waits until the app has processed all their messages.</summary>
    /// <returns>The time until all webhooks were answered, and the time until all messages were processed.</returns>
    /// <exception cref="InvalidOperationException">A webhook was not accepted, or a message was dead-lettered.</exception>
    public async Task<(TimeSpan Received, TimeSpan Done)> RunAsync(int events, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, events, new ParallelOptions { MaxDegreeOfParallelism = Senders, CancellationToken = cancellationToken }, SendAsync);
        var received = Stopwatch.GetElapsedTime(started);
        while (!await IsDoneAsync(cancellationToken))
        {
            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
        }

        return (received, Stopwatch.GetElapsedTime(started));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        _messages.Delete(recursive: true);
    }

    private async ValueTask SendAsync(int number, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var webhook = _sample.Write(new SampleScene(SampleScene.NewId(), now, file => new Uri(_media, $"{file}?bytes={AssetBytes}").AbsoluteUri));
        var body = Encoding.UTF8.GetBytes(webhook.Body);
        using var request = WebhookHttp.Request(new Uri(_app.BaseAddress, $"api/{_sample.Path}"), body, _signer.Sign(webhook.WebhookId, body, now));
        using var answer = await _http.SendAsync(request, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"Webhook {number} was answered {answer.StatusCode}.");
        }
    }

    private async Task<bool> IsDoneAsync(CancellationToken cancellationToken)
    {
        // The queues are read in the order of the work, so that no message can move from the second to the first in between.
        var events = await _app.GetCountsAsync(QueueNames.WebhookEvents, cancellationToken);
        var assets = await _app.GetCountsAsync(QueueNames.AssetDownloads, cancellationToken);
        return events.DeadLetters + assets.DeadLetters == 0
            ? events.Active + events.Scheduled + assets.Active + assets.Scheduled == 0
            : throw new InvalidOperationException("A message was dead-lettered.");
    }
}
