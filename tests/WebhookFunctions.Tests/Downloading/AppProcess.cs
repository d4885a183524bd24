using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using LocalHost.Samples;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>The local host as a process of its own: what is killed here is really dead.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private const string ReadyPrefix = "Ready: ";

    private readonly Process _process;
    private readonly HttpClient _http;

    private AppProcess(Process process, Uri address)
    {
        _process = process;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address, "api/") };
    }

    /// <summary>The most memory that it had so far, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Starts it and waits until it takes requests.</summary>
    public static async Task<AppProcess> StartAsync(IReadOnlyDictionary<string, string> settings, string directory)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "LocalHost.dll"), "run", "--port", "0", "--data", directory },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        // Read to its end, or a full pipe stops the process.
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var bound = new CancellationTokenSource(Eventually.Patience);
        while (await process.StandardOutput.ReadLineAsync(bound.Token) is { } line)
        {
            if (line.StartsWith(ReadyPrefix, StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return new AppProcess(process, new Uri(line[ReadyPrefix.Length..]));
            }
        }

        throw new InvalidOperationException($"The app ended before it was ready: {await errors}");
    }

    /// <summary>Posts Sync's webhook of a generation with that output, as often as it takes while the process starts.</summary>
    public async Task AnnounceAsync(AppKeys keys, string jobId, string link)
    {
        var body = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { id = jobId, status = "COMPLETED", outputUrl = link, model = "lipsync-2" }));
        using var request = WebhookHttp.Request(RunningApp.Address("sync"), body, keys.Sign("sync", $"{jobId}:COMPLETED", body));
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Ends it without a word: SIGKILL, or what takes its place elsewhere.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
