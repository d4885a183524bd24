using Azure.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Bench for one asset at a source that a test scripts, with storage faults, a clock that the test moves, and the messages as they become
/// due.</summary>
public abstract class ResumeBench(AzuriteFixture azurite) : IAsyncLifetime
{
    private protected const string Tag = "\"v1\"";

    private protected static readonly byte[] Content = SampleMedia.Mp4(700_000);

    private protected HostileServer Source { get; } = new();

    private protected FaultPolicy Faults { get; } = new();

    private protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private protected AssetBench Bench { get; private set; } = null!;

    private protected MessagePump Pump { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var clients = await azurite.ClientsAsync(Faults);
        Bench = await AssetBench.CreateAsync(azurite, replace: services => clients(services.AddSingleton<TimeProvider>(Clock)));
        Pump = new MessagePump(Bench, Clock);
    }

    public async ValueTask DisposeAsync()
    {
        await Bench.DisposeAsync();
        await Source.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task StoreAsync(string name, byte[] content)
    {
        Pump.Add(await Bench.AnnounceAsync(new AssetSource { Name = name, Url = Source.Serve("/" + name, content) }));
        await Pump.RunAsync();
        Assert.Equal(SampleMedia.Sha256(content), (await Bench.RowAsync()).Sha256);
    }

    private protected async Task StartAsync(Func<Exchange, Task> script, bool isLost = false)
    {
        Pump.Add(await Bench.AnnounceAsync(Source.On("/v.mp4", script)));
        await Pump.DeliverAsync(() => isLost);
    }

    private protected async Task<T> RestartedAsync<T>(Func<Task<T>> read)
    {
        Assert.True(Faults.IsDead);
        Faults.Restart();
        return await read();
    }

    private protected Func<Exchange, Task> BreakAt(int at) => async exchange =>
    {
        Source.Serve("/v.mp4", Content);
        await exchange.SendAsync(Head(0));
        await exchange.SendAsync(Content.AsMemory(0, at));
        exchange.Close();
    };

    private protected static string Head(int from) => from == 0
        ? $"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: {Tag}\r\nContent-Length: {Content.Length}\r\n\r\n"
        : $"HTTP/1.1 206 Partial Content\r\nContent-Type: video/mp4\r\nETag: {Tag}\r\nContent-Length: {Content.Length - from}\r\n"
            + $"Content-Range: bytes {from}-{Content.Length - 1}/{Content.Length}\r\n\r\n";

    private protected static string HashedHead() =>
        $"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: {Tag}\r\nContent-MD5: {Convert.ToBase64String(SampleMedia.Md5(Content))}\r\n"
        + $"Content-Length: {Content.Length}\r\n\r\n";

    private protected static bool IsBlockList(HttpMessage message) => message.Request.Uri.ToString().Contains("comp=blocklist", StringComparison.Ordinal);

    private protected async Task AssertStoredAsync(byte[] content)
    {
        var row = await Bench.RowAsync();
        Assert.Equal((AssetState.Stored, SampleMedia.Sha256(content), content.Length), (row.State, row.Sha256, row.Bytes));
        Assert.Equal(content, await Bench.BytesAsync());
        var properties = await Bench.PropertiesAsync();
        Assert.Equal(SampleMedia.Md5(content), properties.ContentHash);
        Assert.Equal("video/mp4", properties.ContentType);
        Assert.Equal(row.Sha256, properties.Metadata["sha256"]);
        Assert.Single(await Bench.BlobsAsync());
        Assert.Equal(EventState.Completed, (await Bench.EventAsync()).State);
    }
}
