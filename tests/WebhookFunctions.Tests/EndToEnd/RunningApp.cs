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

/// <summary>The whole app as a worker under the local host, every provider with keys of its own, a storage account that is its alone, and media to link to.</summary>
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

    /// <summary>The storage that the worker writes to, as this process reaches it.</summary>
    public StorageClients Storage => Host.Services.GetRequiredService<StorageClients>();

    /// <summary>Starts it. Keys and media that are to outlive it are the caller's to bring.</summary>
    public static async Task<RunningApp> StartAsync(
        string storage, Func<LocalHostOptions, LocalHostOptions>? change = null, AppKeys? keys = null, MediaServer? media = null)
    {
        var logs = new CapturedLogs();
        keys ??= new AppKeys();
        var options = new LocalHostOptions
        {
            Settings = keys.Settings(storage),
            ConfigureLogging = logging => logging.AddProvider(logs),
            // Work that a test leaves running is not awaited.
            DrainTime = TimeSpan.FromSeconds(1),
        };
        var host = await LocalHostApp.StartAsync(change?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
        return new RunningApp(
            host, media ?? await MediaServer.StartAsync(TestContext.Current.CancellationToken), ownsMedia: media is null, keys, logs);
    }

    /// <summary>A webhook of a new job, as the provider writes it.</summary>
    public (SampleWebhook Webhook, SampleScene Scene) Write(string provider, string eventName)
    {
        var scene = new SampleScene(SampleScene.NewId(), TimeProvider.System.GetUtcNow(), Media.Add);
        return (AppKeys.Samples(provider).Samples.Single(sample => sample.Event == eventName).Write(scene), scene);
    }

    public Task<HttpResponseMessage> PostAsync(string provider, SampleWebhook webhook) =>
        PostAsync(provider, webhook.WebhookId, Encoding.UTF8.GetBytes(webhook.Body));

    /// <summary>Sends a body that is signed for the webhook id, now.</summary>
    public Task<HttpResponseMessage> PostAsync(string provider, string webhookId, byte[] body) =>
        SendAsync(WebhookHttp.Request(Address(provider), body, Keys.Sign(provider, webhookId, body)));

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request, TestContext.Current.CancellationToken);

    public static Uri Address(string provider) => new($"webhooks/{provider}", UriKind.Relative);

    public async Task AssertAcceptedAsync(string provider, SampleWebhook webhook)
    {
        using var response = await PostAsync(provider, webhook);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>The row of an event once its state is final.</summary>
    public async Task<EventRow> EndedAsync(string space, string webhookId) =>
        (await Eventually.GetAsync(
            () => Results.FindEventAsync(space, webhookId, TestContext.Current.CancellationToken),
            row => row is { IsFinal: true },
            $"The end of {space} {webhookId}"))!;

    /// <summary>Each file that the scene links to is stored once with its very bytes.</summary>
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

    /// <summary>Returns how much all queues, tables and containers hold.</summary>
    public async Task<Kept> KeptAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var queues = await Task.WhenAll(
            Host.GetCountsAsync(QueueNames.WebhookEvents, cancellation), Host.GetCountsAsync(QueueNames.AssetDownloads, cancellation));
        return new Kept(
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

/// <summary>Fixture with one app for the tests of a class, each of which uses ids of its own.</summary>
public sealed class SharedApp(AzuriteFixture azurite) : IAsyncLifetime
{
    internal RunningApp Running { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Running = await RunningApp.StartAsync(await azurite.NewAccountAsync());

    public ValueTask DisposeAsync() => Running.DisposeAsync();
}

/// <summary>Numbers of messages, rows and blobs.</summary>
internal readonly record struct Kept(long Messages, int Rows, int Blobs);
