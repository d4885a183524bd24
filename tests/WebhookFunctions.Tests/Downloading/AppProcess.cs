using System.Net;
using System.Text;
using System.Text.Json;
using LocalHost.Samples;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Local host in a separate process, with a client that posts webhooks to it.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private readonly HttpClient _http;

    private AppProcess(LocalHostProcess process, Uri address)
    {
        Process = process;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address, "api/") };
    }

    public LocalHostProcess Process { get; }

    /// <summary>Starts the process, and waits until it accepts requests.</summary>
    public static async Task<AppProcess> StartAsync(IReadOnlyDictionary<string, string> settings, string directory)
    {
        var process = LocalHostProcess.Start(settings, "run", "--port", "0", "--data", directory);
        return new AppProcess(process, await process.ReadyAsync());
    }

    /// <summary>Returns the id and the body of Sync's webhook of a generation with that output.</summary>
    public static (string WebhookId, byte[] Body) Announcement(string jobId, string link) => (
        $"{jobId}:COMPLETED",
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { id = jobId, status = "COMPLETED", outputUrl = link, model = "lipsync-2" })));

    /// <summary>Posts Sync's webhook of a generation with that output.</summary>
    public async Task AnnounceAsync(AppKeys keys, string jobId, string link)
    {
        var (webhookId, body) = Announcement(jobId, link);
        using var request = WebhookHttp.Request(RunningApp.Address("sync"), body, keys.Sign("sync", webhookId, body));
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Process.DisposeAsync();
    }
}
