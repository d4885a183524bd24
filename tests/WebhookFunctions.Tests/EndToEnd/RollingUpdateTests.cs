using System.Net;
using System.Text;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using FunctionsHost;
using FunctionsHost.Hosting;
using LocalHost.Demo;
using LocalHost.Hosting;
using LocalHost.Samples;
using LocalHost.ServiceBus;
using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// Test of a rolling update with two real workers on the same queues and tables: an old one is drained while a new one serves. The old one is this build with
/// two names changed in its assembly, so that it does not know two values that the new one writes.
/// </summary>
public sealed class RollingUpdateTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const int Rounds = 4;

    private readonly TemporaryDirectory _directory = new();
    private readonly AppKeys _keys = new();
    private readonly LeapingClock _clock = new();
    private readonly List<(string Provider, string WebhookId, SampleScene Scene)> _sent = [];
    private EmbeddedBroker _broker = null!;
    private AmqpListener _amqp = null!;
    private MediaServer _media = null!;
    private StorageClients _storage = null!;
    private JobStore _jobs = null!;
    private StoredResults _results = null!;
    private Dictionary<string, string> _settings = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _broker = EmbeddedBroker.Open(new BrokerOptions { Queues = QueueDefinitions.All, TimeProvider = _clock });
        _amqp = AmqpListener.Open(new AmqpListenerOptions { Broker = _broker, Port = 0 });
        _media = await MediaServer.StartAsync(Cancel);
        var account = await azurite.NewAccountAsync();
        _storage = await AzuriteStorage.StorageAsync(account);
        _jobs = new JobStore(_storage, TimeProvider.System, NullLogger<JobStore>.Instance);
        _results = new StoredResults(_storage, _storage.OpenEvents(), _jobs);
        _settings = new Dictionary<string, string>(_keys.Settings(account))
        {
            [QueueNames.Connection] = _amqp.ConnectionString,
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",

            // The first file is held while a worker starts.
            ["Assets__AnswerTimeout"] = "00:05:00",
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _media.DisposeAsync();
        await _amqp.DisposeAsync();
        await _broker.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Every_event_has_its_effect_once_and_what_the_drained_version_does_not_know_waits_for_the_new_one()
    {
        var release = HoldFirstFile(out var held);
        await using var old = await StartAsync(OldVersion());

        // The old version is alone with a message that the new one sent, and with a job's row that it wrote.
        await SendMessageOfNewAsync();
        await PostToRowOfNewAsync(old);
        await AwaitCountsAsync(QueueNames.WebhookEvents, counts => counts is { Active: 0, Scheduled: 2 }, "Both messages put back");

        await PostAsync(old, "sync", "COMPLETED");
        await held.WaitAsync(Eventually.MaxWait, Cancel);
        await using var @new = await StartAsync(RepositoryPaths.App);
        for (var round = 0; round < Rounds; round++)
        {
            await PostAsync(old, "sync", "COMPLETED");
            await PostAsync(@new, "replicate", "succeeded");
        }

        var drain = old.DrainAsync();
        await PostAsync(old, "sync", "COMPLETED");
        await PostAsync(@new, "sync", "COMPLETED");
        Assert.False(drain.IsCompleted, "The drain did not wait for a running download.");
        release.SetResult();
        await drain.WaitAsync(Eventually.MaxWait, Cancel);
        await old.DisposeAsync();

        // A leap of the clock ends every lock, so it comes when no message is locked. An event's message is settled after those of its assets are sent.
        await AwaitCountsAsync(QueueNames.WebhookEvents, counts => counts.Active == 0, "Recording of all events");
        await AwaitCountsAsync(QueueNames.AssetDownloads, counts => counts.Active == 0, "Download of all assets");
        _clock.Leap(RetrySchedule.PutBackFor + TimeSpan.FromMinutes(1));
        await AwaitCountsAsync(QueueNames.WebhookEvents, counts => counts.Scheduled == 0, "Delivery of what was put back");

        foreach (var (provider, webhookId, scene) in _sent)
        {
            await AssertCompletedAsync(provider, webhookId, scene);
        }

        Assert.Equal(_sent.Count, await _results.CountEventsAsync(Cancel));
        Assert.Equal(_sent.Sum(sent => sent.Scene.Links.Count), await _storage.Assets.GetBlobsAsync(cancellationToken: Cancel).CountAsync(Cancel));
        foreach (var queue in _broker.Queues)
        {
            Assert.Equal(0, (await _broker.GetCountsAsync(queue.Name, Cancel)).DeadLetters);
        }
    }

    /// <summary>
    /// Asserts that an event has completed, and that each of its files was requested once and is stored. An interrupted download may request its file again.
    /// A drained worker interrupts none, and the lease on an asset keeps the other worker from it.
    /// </summary>
    private async Task AssertCompletedAsync(string provider, string webhookId, SampleScene scene)
    {
        var row = (await Eventually.GetAsync(
            () => _results.FindEventAsync(provider, webhookId, Cancel), row => row is { IsFinal: true }, $"The end of {provider} {webhookId}"))!;
        Assert.Equal(EventState.Completed, row.State);
        var assets = await _results.AssetsAsync(row, Cancel);
        Assert.Equal(scene.Links.Select(link => (AssetState.Stored, _media[link].Sha256)), assets.Select(asset => (asset.State, asset.Sha256!)));
        foreach (var (asset, link) in assets.Zip(scene.Links))
        {
            Assert.Equal(_media[link].Sha256, await _results.HashAsync(asset.Blob, Cancel));
            Assert.Equal(1, _media[link].Requests);
        }
    }

    private Task<QueueCounts> AwaitCountsAsync(string queue, Func<QueueCounts, bool> isSo, string what) =>
        Eventually.GetAsync(() => _broker.GetCountsAsync(queue, Cancel), isSo, what);

    /// <summary>Copies the app, with other names for a value of messages and for one of rows. Returns the path of the copy's assembly.</summary>
    private string OldVersion()
    {
        var app = new FileInfo(RepositoryPaths.App);
        foreach (var file in app.Directory!.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_directory.Path, Path.GetRelativePath(app.Directory.FullName, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            file.CopyTo(copy);
        }

        var assembly = Path.Combine(_directory.Path, app.Name);
        var bytes = File.ReadAllBytes(assembly);
        Rename(bytes, nameof(SignatureCoverage.EventIdOnly), "ElderOption");
        Rename(bytes, nameof(JobStatus.NeedsAction), "ElderStatus");
        File.WriteAllBytes(assembly, bytes);
        return assembly;
    }

    // An assembly's metadata holds names in UTF-8, each between two zeros.
    private static void Rename(Span<byte> assembly, string name, string other)
    {
        Assert.Equal(name.Length, other.Length);
        byte[] whole = [0, .. Encoding.UTF8.GetBytes(name), 0];
        var at = assembly.IndexOf(whole);
        Assert.True(at >= 0 && assembly[(at + 1)..].IndexOf(whole) < 0, $"The assembly does not hold the name {name} exactly once.");
        Encoding.UTF8.GetBytes(other).CopyTo(assembly[(at + 1)..]);
    }

    private Task<FunctionsHostApp> StartAsync(string assembly) =>
        FunctionsHostApp.StartAsync(new FunctionsHostOptions { Assembly = assembly, Settings = _settings }, Cancel);

    /// <summary>Sends an event's message whose coverage the old version does not know.</summary>
    private async Task SendMessageOfNewAsync()
    {
        var (webhook, scene) = Write("geminigen", "VIDEO_GENERATION_COMPLETED");
        await using var client = new ServiceBusClient(_amqp.ConnectionString);
        await using var sender = client.CreateSender(QueueNames.WebhookEvents);
        await sender.SendMessageAsync(
            new EventMessage
            {
                Key = EventKey.Create("geminigen", webhook.WebhookId),
                Coverage = SignatureCoverage.EventIdOnly,
                HasToken = true,
                ReceivedAt = scene.Now,
                Body = BinaryData.FromString(webhook.Body),
                ContentType = "application/json",
            }.ToMessage(),
            Cancel);
        _sent.Add(("geminigen", webhook.WebhookId, scene));
    }

    /// <summary>Posts an event of a job whose row has a status that the old version does not know.</summary>
    private async Task PostToRowOfNewAsync(FunctionsHostApp host)
    {
        var (webhook, scene) = Write("sync", "COMPLETED");
        await _jobs.ApplyAsync(
            new ReceivedEvent(EventKey.Create("sync", $"{scene.JobId}:EARLIER"), SignatureCoverage.RawBody, scene.Now, default),
            new GenerationEvent { EventType = "EARLIER", JobId = scene.JobId, Status = JobStatus.NeedsAction, Assurance = Assurance.Signed },
            Cancel);
        await PostAsync(host, "sync", webhook, scene);
    }

    private Task PostAsync(FunctionsHostApp host, string provider, string eventName)
    {
        var (webhook, scene) = Write(provider, eventName);
        return PostAsync(host, provider, webhook, scene);
    }

    private async Task PostAsync(FunctionsHostApp host, string provider, SampleWebhook webhook, SampleScene scene)
    {
        var body = Encoding.UTF8.GetBytes(webhook.Body);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(host.BaseAddress, "api/") };
        using var request = WebhookHttp.Request(RunningApp.Address(provider), body, _keys.Sign(provider, webhook.WebhookId, body));
        using var answer = await http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        _sent.Add((provider, webhook.WebhookId, scene));
    }

    private (SampleWebhook Webhook, SampleScene Scene) Write(string provider, string eventName)
    {
        var scene = new SampleScene(SampleScene.NewId(), TimeProvider.System.GetUtcNow(), _media.Add);
        return (AppKeys.Samples(provider).Samples.Single(sample => sample.Event == eventName).Write(scene), scene);
    }

    /// <summary>Has the first file wait before it is served. <paramref name="held"/> completes when it is requested.</summary>
    private TaskCompletionSource HoldFirstFile(out Task held)
    {
        var requested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _media.Before = async (context, _) =>
        {
            if (requested.TrySetResult())
            {
                await release.Task.WaitAsync(context.RequestAborted);
            }
        };
        held = requested.Task;
        return release;
    }

    /// <summary>The system's clock, which a test moves forward. Its timers keep the system's pace.</summary>
    private sealed class LeapingClock : TimeProvider
    {
        private long _ahead;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));

        public void Leap(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
    }
}
