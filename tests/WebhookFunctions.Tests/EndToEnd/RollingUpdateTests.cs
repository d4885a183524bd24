using System.Net;
using System.Text;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using FunctionsHost;
using FunctionsHost.Hosting;
using LocalHost.Demo;
using LocalHost.Hosting;
using LocalHost.Samples;
using LocalHost.ServiceBus;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Hosting;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// A rolling update: an old worker drains while a new one starts, on the same queues and tables. The old one is this build with two values renamed in
/// its assembly, so that it does not know what the new one writes.
/// </summary>
public sealed class RollingUpdateTests(AzuriteFixture azurite) : IAsyncLifetime
{
    // What a version does not know is put back for five minutes.
    private static readonly TimeSpan PutBackFor = TimeSpan.FromMinutes(6);

    private readonly TemporaryDirectory _directory = new();
    private readonly AppKeys _keys = new();
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly List<(string Provider, string WebhookId, SampleScene Scene)> _sent = [];
    private EmbeddedBroker _broker = null!;
    private AmqpListener _amqp = null!;
    private MediaServer _media = null!;
    private ServiceProvider _newVersion = null!;
    private StoredResults _results = null!;
    private Dictionary<string, string> _settings = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _broker = EmbeddedBroker.Open(new BrokerOptions { Queues = QueueDefinitions.All, TimeProvider = _clock });
        _amqp = AmqpListener.Open(new AmqpListenerOptions { Broker = _broker, Port = 0 });
        _media = await MediaServer.StartAsync(Cancel);
        var account = await azurite.NewAccountAsync();
        await AzuriteStorage.StorageAsync(account);
        _settings = new Dictionary<string, string>(_keys.Settings(account))
        {
            [QueueNames.Connection] = _amqp.ConnectionString,
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",

            // No asset waits for a slot: its way back may be a message that is scheduled for minutes, and the broker's clock stands still.
            ["Assets__MaxDownloads"] = "64",
            ["Assets__MaxDownloadsPerHost"] = "64",
        };
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(_settings.Select(setting =>
                KeyValuePair.Create(setting.Key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), (string?)setting.Value)))
            .Build();
        _newVersion = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration).AddWebhookFunctions(configuration).BuildServiceProvider();
        _results = ActivatorUtilities.CreateInstance<StoredResults>(_newVersion);
    }

    public async ValueTask DisposeAsync()
    {
        await _newVersion.DisposeAsync();
        await _media.DisposeAsync();
        await _amqp.DisposeAsync();
        await _broker.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_the_old_version_does_not_know_waits_for_the_new_one_and_nothing_is_lost_or_done_twice_while_one_drains_and_the_other_starts()
    {
        var release = HoldFirstDownload(out var held);
        var old = await StartAsync(OldVersion());

        // A message of the new version, and a job's row that it wrote. The old one is alone with both.
        await SendAsNewAsync();
        await PostWithRowOfNewAsync(old);
        await Eventually.GetAsync(
            async () => (await _broker.GetCountsAsync(QueueNames.WebhookEvents, Cancel)).Scheduled, scheduled => scheduled == 2, "Both messages put back");

        await PostAsync(old, "sync", "COMPLETED");
        await held.WaitAsync(Eventually.Patience, Cancel);

        await using var @new = await StartAsync(RepositoryPaths.App);
        for (var i = 0; i < 4; i++)
        {
            await PostAsync(old, "sync", "COMPLETED");
            await PostAsync(@new, "replicate", "succeeded");
        }

        // The old one stops receiving, and ends what it has begun.
        var stopping = old.DisposeAsync().AsTask();
        release.SetResult();
        await PostAsync(@new, "sync", "COMPLETED");
        await stopping;

        // Nothing is locked any more when the broker's clock leaps, which would end every lock.
        foreach (var sent in _sent.Skip(2))
        {
            await AssertDoneOnceAsync(sent);
        }

        _clock.SetUtcNow(TimeProvider.System.GetUtcNow() + PutBackFor);
        foreach (var putBack in _sent.Take(2))
        {
            await AssertDoneOnceAsync(putBack);
        }

        Assert.Equal(_sent.Count, await _results.CountEventsAsync(Cancel));
        foreach (var queue in (string[])[QueueNames.WebhookEvents, QueueNames.AssetDownloads])
        {
            Assert.Equal(0, (await _broker.GetCountsAsync(queue, Cancel)).DeadLetters);
        }
    }

    private async Task AssertDoneOnceAsync((string Provider, string WebhookId, SampleScene Scene) sent)
    {
        var row = (await Eventually.GetAsync(
            () => _results.FindEventAsync(sent.Provider, sent.WebhookId, Cancel),
            row => row is { IsFinal: true },
            $"The end of {sent.Provider} {sent.WebhookId}"))!;
        Assert.Equal(EventState.Completed, row.State);
        var assets = await _results.AssetsAsync(row, Cancel);
        Assert.Equal(sent.Scene.Links.Select(link => (AssetState.Stored, _media[link].Sha256)), assets.Select(asset => (asset.State, asset.Sha256!)));
        Assert.All(sent.Scene.Links, link => Assert.Equal(1, _media[link].Requests));
    }

    /// <summary>Copies the app with other names for a value of messages and one of rows.</summary>
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

    // Names stand in an assembly's metadata in UTF-8, each ended by a zero.
    private static void Rename(Span<byte> assembly, string name, string other)
    {
        Assert.Equal(name.Length, other.Length);
        byte[] from = [0, .. Encoding.UTF8.GetBytes(name), 0];
        var at = assembly.IndexOf(from);
        Assert.True(at >= 0 && assembly[(at + 1)..].IndexOf(from) < 0, $"{name} is not once in the assembly's names.");
        Encoding.UTF8.GetBytes(other).CopyTo(assembly[(at + 1)..]);
    }

    private Task<FunctionsHostApp> StartAsync(string assembly) => FunctionsHostApp.StartAsync(
        new FunctionsHostOptions { Assembly = assembly, Settings = _settings, DrainTime = Eventually.Patience }, Cancel);

    private async Task SendAsNewAsync()
    {
        var (webhook, scene) = Write("geminigen", "VIDEO_GENERATION_COMPLETED");
        await _newVersion.GetRequiredService<QueueSenders>().Events.SendMessageAsync(
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

    private async Task PostWithRowOfNewAsync(FunctionsHostApp host)
    {
        var (webhook, scene) = Write("sync", "COMPLETED");
        await _newVersion.GetRequiredService<JobStore>().ApplyAsync(
            new ReceivedEvent(EventKey.Create("sync", $"{scene.JobId}:EARLIER"), SignatureCoverage.RawBody, scene.Now, default),
            new GenerationEvent { EventType = "EARLIER", JobId = scene.JobId, Status = JobStatus.NeedsAction, Assurance = Assurance.Signed },
            Cancel);
        await PostAsync(host, "sync", webhook, scene);
    }

    private (SampleWebhook Webhook, SampleScene Scene) Write(string provider, string eventName)
    {
        var scene = new SampleScene(SampleScene.NewId(), TimeProvider.System.GetUtcNow(), _media.Add);
        return (AppKeys.Samples(provider).Samples.Single(sample => sample.Event == eventName).Write(scene), scene);
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

    /// <summary>Has the first file wait before it is served. <paramref name="held"/> ends when it is asked for.</summary>
    private TaskCompletionSource HoldFirstDownload(out Task held)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = 0;
        _media.Before = async (context, _) =>
        {
            if (Interlocked.Increment(ref begun) == 1)
            {
                asked.SetResult();
                await release.Task.WaitAsync(context.RequestAborted);
            }
        };
        held = asked.Task;
        return release;
    }
}
