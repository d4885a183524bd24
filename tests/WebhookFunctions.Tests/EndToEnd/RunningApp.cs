using System.Net;
using System.Text;
using Azure.Data.Tables;
using LocalHost.Demo;
using LocalHost.Hosting;
using LocalHost.Samples;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Whole app that runs as a worker under the local host, with keys for every provider, a separate storage account, and a media server.</summary>
internal sealed class RunningApp : IAsyncDisposable
{
    private readonly HttpClient _http;

    private readonly bool _ownsMedia;

    private RunningApp(LocalHostApp host, MediaServer media, bool ownsMedia, AppKeys keys, CapturedLogs logs)
    {
        (Host, Media, _ownsMedia, Keys, Logs) = (host, media, ownsMedia, keys, logs);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(host.BaseAddress, "api/") };
        Results = ActivatorUtilities.CreateInstance<StoredResults>(host.Services);
    }

    public LocalHostApp Host { get; }

    public MediaServer Media { get; }

    public AppKeys Keys { get; }

    public CapturedLogs Logs { get; }

    public StoredResults Results { get; }

    /// <summary>Gets this process's clients of the storage that the worker writes to.</summary>
    public StorageClients Storage => Host.Services.GetRequiredService<StorageClients>();

    /// <summary>Starts the app. A caller that needs the keys or media longer than the app passes them.</summary>
    public static async Task<RunningApp> StartAsync(
        string storage, Func<LocalHostOptions, LocalHostOptions>? change = null, AppKeys? keys = null, MediaServer? media = null)
    {
        var logs = new CapturedLogs();
        keys ??= new AppKeys();
        var options = new LocalHostOptions
        {
            Settings = keys.Settings(storage),
            ConfigureLogging = logging => logging.AddProvider(logs),
            // The stop does not wait for work that a test leaves running.
            DrainTime = TimeSpan.FromSeconds(1),
        };
        var host = await LocalHostApp.StartAsync(change?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
        return new RunningApp(
            host, media ?? await MediaServer.StartAsync(TestContext.Current.CancellationToken), ownsMedia: media is null, keys, logs);
    }

    /// <summary>Starts the app with settings in addition to its usual ones.</summary>
    public static Task<RunningApp> StartWithAsync(string storage, params IEnumerable<(string Name, string Value)> settings) => StartAsync(
        storage,
        options => options with { Settings = options.Settings.Concat(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value))).ToDictionary() });

    /// <summary>Returns a webhook of a new job.</summary>
    public (SampleWebhook Webhook, SampleScene Scene) Write(string provider, string eventName)
    {
        var scene = new SampleScene(SampleScene.NewId(), TimeProvider.System.GetUtcNow(), Media.Add);
        return (AppKeys.Samples(provider).Samples.Single(sample => sample.Event == eventName).Write(scene), scene);
    }

    public Task<HttpResponseMessage> PostAsync(string provider, SampleWebhook webhook) =>
        PostAsync(provider, webhook.WebhookId, Encoding.UTF8.GetBytes(webhook.Body));

    /// <summary>Signs a body for the webhook id and the current time, and sends it.</summary>
    public Task<HttpResponseMessage> PostAsync(string provider, string webhookId, byte[] body) =>
        SendAsync(WebhookHttp.Request(Address(provider), body, Keys.Sign(provider, webhookId, body)));

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request, TestContext.Current.CancellationToken);

    public static Uri Address(string provider) => new($"webhooks/{provider}", UriKind.Relative);

    public async Task AssertAcceptedAsync(string provider, SampleWebhook webhook)
    {
        using var response = await PostAsync(provider, webhook);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Waits until an event's state is final, and returns its row.</summary>
    public async Task<EventRow> EndedAsync(string space, string webhookId) =>
        (await Eventually.GetAsync(
            () => Results.FindEventAsync(space, webhookId, TestContext.Current.CancellationToken),
            row => row is { IsFinal: true },
            $"The end of {space} {webhookId}"))!;

    /// <summary>Asserts that each file of the scene is stored once, byte for byte.</summary>
    public async Task AssertStoredAsync(EventRow row, SampleScene scene)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var assets = await Results.AssetsAsync(row, cancellation);
        Assert.Equal(scene.Links.Select(link => new Uri(link).GetLeftPart(UriPartial.Path)), assets.Select(asset => asset.SourceUrl));
        foreach (var (asset, link) in assets.Zip(scene.Links))
        {
            Assert.Equal(AssetState.Stored, asset.State);
            Assert.Equal(Media[link].Sha256, asset.Sha256);
            Assert.Equal(Media[link].Sha256, await Results.HashAsync(asset.Blob, cancellation));
        }
    }

    /// <summary>Counts the messages, rows and blobs in all queues, tables and containers.</summary>
    public async Task<StoredCounts> CountStoredAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var queues = await Task.WhenAll(
            Host.GetCountsAsync(QueueNames.WebhookEvents, cancellation), Host.GetCountsAsync(QueueNames.AssetDownloads, cancellation));
        return new StoredCounts(
            queues.Sum(counts => counts.Active + counts.Scheduled + counts.DeadLetters),
            await Storage.Events.QueryAsync<TableEntity>(cancellationToken: cancellation).CountAsync(cancellation)
                + await Storage.Jobs.QueryAsync<TableEntity>(cancellationToken: cancellation).CountAsync(cancellation),
            await Storage.RawEvents.GetBlobsAsync(cancellationToken: cancellation).CountAsync(cancellation)
                + await Storage.Assets.GetBlobsAsync(cancellationToken: cancellation).CountAsync(cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Host.DisposeAsync();
        if (_ownsMedia)
        {
            await Media.DisposeAsync();
        }
    }
}

/// <summary>Fixture with one app for the tests of a class, each of which uses unique ids.</summary>
public sealed class SharedApp(AzuriteFixture azurite) : IAsyncLifetime
{
    internal RunningApp Running { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Running = await RunningApp.StartAsync(await azurite.NewAccountAsync());

    public ValueTask DisposeAsync() => Running.DisposeAsync();
}

/// <summary>Numbers of messages, rows and blobs.</summary>
internal readonly record struct StoredCounts(long Messages, int Rows, int Blobs);
