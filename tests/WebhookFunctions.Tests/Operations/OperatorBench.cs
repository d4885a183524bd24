using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EmbeddedServiceBus;
using LocalHost.Hosting;
using LocalHost.Samples;
using LocalHost.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Fixture with a separate Azurite for the tests of operators' requests, because some of them read all events.</summary>
public sealed class OperatorStorage : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private AzuriteServer _server = null!;

    public string ConnectionString => _server.ConnectionString;

    public AzuritePorts Ports => _server.Ports;

    public async ValueTask InitializeAsync() => _server = await AzuriteServer.StartAsync(AzuritePorts.Free, _directory.Path);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>Collection of tests that share one Azurite and run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OperatorCollection : ICollectionFixture<OperatorStorage>
{
    public const string Name = "Operator";
}

/// <summary>Collection of the second half of these tests, on another Azurite. As one collection, they would be the longest chain of the suite.</summary>
[CollectionDefinition(Name)]
public sealed class SecondOperatorCollection : ICollectionFixture<OperatorStorage>
{
    public const string Name = "Operator2";
}

/// <summary>
/// Fixture with one app for the tests of a class that do not affect each other. Each start of an app takes seconds of processor time.
/// </summary>
public sealed class SharedBench(OperatorStorage storage) : IAsyncDisposable
{
    private OperatorBench? _bench;

    /// <summary>
    /// Returns the bench, which the first call starts, prepared for a test. The calls never overlap, because the tests of a class run one after the
    /// other.
    /// </summary>
    internal async Task<OperatorBench> GetAsync()
    {
        _bench ??= await OperatorBench.StartAsync(storage.ConnectionString);
        await _bench.PrepareAsync();
        return _bench;
    }

    public ValueTask DisposeAsync() => _bench?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Bench with the whole app, a source of media, and an HTTP client for operators' requests.</summary>
internal sealed class OperatorBench : IAsyncDisposable
{
    private readonly SampleSigner _signer;
    private readonly HttpClient _http;

    private OperatorBench(LocalHostApp app, SampleSigner signer, HostileServer source)
    {
        (App, _signer, Source) = (app, signer, source);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(app.BaseAddress, "api/") };
    }

    public LocalHostApp App { get; }

    public HostileServer Source { get; private set; }

    /// <summary>Gets a unique job, which webhooks report by default.</summary>
    public string Job { get; private set; } = NewJob();

    public StorageClients Storage => App.Services.GetRequiredService<StorageClients>();

    public EventStore Events => App.Services.GetRequiredService<EventStore>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts the app with the storage account of a connection string.</summary>
    public static async Task<OperatorBench> StartAsync(
        string account,
        string? brokerDirectory = null,
        ILoggerProvider? logs = null,
        IReadOnlyDictionary<string, string>? settings = null)
    {
        var keys = new GeminiSamples().NewKeys();
        var all = new Dictionary<string, string>(keys.Settings)
        {
            ["AzureWebJobsStorage"] = account,
            ["Assets__AllowLoopback"] = "true",
            ["Assets__AllowedHosts"] = "127.0.0.1",
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
        {
            all[name] = value;
        }

        var app = await LocalHostApp.StartAsync(
            new LocalHostOptions
            {
                Settings = all,
                BrokerDirectory = brokerDirectory,
                DrainTime = TimeSpan.FromSeconds(1),
                ConfigureLogging = logging =>
                {
                    if (logs is not null)
                    {
                        logging.AddProvider(logs);
                    }
                },
            },
            Cancel);
        return new OperatorBench(app, keys.Signer, new HostileServer());
    }

    /// <summary>Sends a Gemini webhook with a video, and returns the status of the answer.</summary>
    public Task<HttpStatusCode> SendAsync(string webhookId, string link, string? job = null) => SendAsync(
        webhookId,
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { type = "video.generated", data = new { id = job ?? Job, output_file_uri = link } })),
        genuine: true);

    public Task<HttpStatusCode> SendAsync(string webhookId, byte[] body, bool genuine) => PostAsync(
        "webhooks/gemini", genuine ? body : [.. body, (byte)' '], _signer.Sign(webhookId, body, TimeProvider.System.GetUtcNow()));

    /// <summary>Returns the message of a webhook about this bench's job, as the receiver sends it. It reports a failed batch, so it has no assets.</summary>
    public EventMessage MessageOf(string webhookId) => new()
    {
        Key = EventKey.Create("gemini", webhookId),
        Coverage = SignatureCoverage.RawBody,
        ReceivedAt = TimeProvider.System.GetUtcNow(),
        Body = BinaryData.FromObjectAsJson(new { type = "batch.failed", data = new { id = Job } }),
    };

    public async Task<HttpStatusCode> PostAsync(string path, byte[] body, IReadOnlyDictionary<string, string> headers)
    {
        using var request = WebhookHttp.Request(new Uri(path, UriKind.Relative), body, headers);
        using var response = await _http.SendAsync(request, Cancel);
        return response.StatusCode;
    }

    /// <summary>Waits until an event matches <paramref name="matches"/>, and returns it.</summary>
    public async Task<EventRow> EventAsync(string webhookId, Func<EventRow, bool> matches, string space = "gemini") => (await Eventually.GetAsync(
        () => Events.FindAsync(EventKey.Create(space, webhookId).PartitionKey, Cancel),
        row => row is not null && matches(row),
        $"the expected state of the event {webhookId}"))!;

    public Task<EventRow> EndedAsync(string webhookId) => EventAsync(webhookId, row => row.IsFinal);

    /// <summary>Sends an operator's request, and returns the status and the JSON of the answer.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Json)> AskAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await _http.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        return (response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    /// <summary>
    /// Sends an operator's request again while the answer is 503, as that answer demands. The first request of a new process may take longer than the
    /// limit on a busy machine.
    /// </summary>
    public Task<(HttpStatusCode Status, JsonElement Json)> AskUntilAvailableAsync(HttpMethod method, string path, object? body = null) =>
        Eventually.GetAsync(() => AskAsync(method, path, body), answer => answer.Status != HttpStatusCode.ServiceUnavailable, $"An answer to {path}");

    public Task<(HttpStatusCode Status, JsonElement Json)> GetAsync(string path) => AskAsync(HttpMethod.Get, path);

    /// <summary>
    /// Returns the first report of good health. The first probes of a new process open connections, which may take longer than a probe's timeout on a loaded
    /// machine.
    /// </summary>
    public Task<(HttpStatusCode Status, JsonElement Json)> HealthyAsync() =>
        Eventually.GetAsync(() => GetAsync("health/details"), answer => answer.Status == HttpStatusCode.OK, "A healthy report");

    /// <summary>
    /// Erases a job and returns how many of its events, blobs and dead letters were removed. A request erases what it can in a few seconds, so a busy
    /// machine needs several.
    /// </summary>
    public async Task<(int Events, int Blobs, int DeadLetters)> EraseAsync(string provider, string job)
    {
        var (events, blobs, deadLetters) = (0, 0, 0);
        await RepeatWhileMoreAsync(HttpMethod.Delete, $"jobs/{provider}?id={job}", null, json =>
        {
            events += json.GetProperty("events").GetInt32();
            blobs += json.GetProperty("blobs").GetInt32();
            deadLetters += json.GetProperty("deadLetters").GetInt32();
        });
        return (events, blobs, deadLetters);
    }

    /// <summary>
    /// Replays all dead letters of a queue and returns how many there were. A request replays what it can in a few seconds, so a busy machine needs
    /// several.
    /// </summary>
    public async Task<int> ReplayAllAsync(string queue)
    {
        var replayed = 0;
        await RepeatWhileMoreAsync(
            HttpMethod.Post, $"dead-letters/{queue}/replay", new { all = true }, json => replayed += json.GetProperty("replayed").GetInt32());
        return replayed;
    }

    /// <summary>Waits until a queue has <paramref name="count"/> dead letters, and returns them.</summary>
    public async Task<IReadOnlyList<JsonElement>> DeadLettersAsync(string queue, int count)
    {
        var (_, json) = await Eventually.GetAsync(
            () => GetAsync($"dead-letters/{queue}"),
            answer => answer.Status == HttpStatusCode.OK && answer.Json.GetProperty("messages").GetArrayLength() == count,
            $"{count} dead letters of {queue}");
        return [.. json.GetProperty("messages").EnumerateArray()];
    }

    /// <summary>Waits until a queue has no message except dead letters.</summary>
    public Task EmptyAsync(string queue) => Eventually.TrueAsync(
        async () => await App.GetCountsAsync(queue, Cancel) is { Active: 0, Scheduled: 0 }, $"That {queue} is empty");

    /// <summary>Prepares the bench for its next test: with another job and source, no dead letters, and a broker that works.</summary>
    public async Task PrepareAsync()
    {
        await Source.DisposeAsync();
        (Source, Job) = (new HostileServer(), NewJob());
        (App.Broker.Before, App.Broker.IsUnavailable) = (null, false);
        foreach (var queue in (string[])[QueueNames.WebhookEvents, QueueNames.AssetDownloads])
        {
            while ((await App.Broker.ReceiveAsync(queue + QueuePath.DeadLetterSuffix, 100, TimeSpan.Zero, ReceiveMode.ReceiveAndDelete, Cancel)).Count > 0)
            {
            }
        }
    }

    /// <summary>Runs the timer function of maintenance now.</summary>
    public async Task RunMaintenanceAsync() => Assert.Null(await App.RunTimerAsync(nameof(RunMaintenance), Cancel));

    /// <summary>Sends a request again while its answer says that there is more to do, and passes each answer to <paramref name="add"/>.</summary>
    private Task RepeatWhileMoreAsync(HttpMethod method, string path, object? body, Action<JsonElement> add) => Eventually.TrueAsync(
        async () =>
        {
            var (status, json) = await AskAsync(method, path, body);
            Assert.Equal(HttpStatusCode.OK, status);
            add(json);
            return !json.GetProperty("more").GetBoolean();
        },
        $"The end of {method} {path}");

    private static string NewJob() => $"job-{Guid.NewGuid():n}";

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await App.DisposeAsync();
        await Source.DisposeAsync();
    }
}
