using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LocalHost.Samples;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Receiving;

/// <summary>
/// Run in which attackers hold many connections open, each with a declared body of 1 MiB at 300 bytes a second, while other senders post. The app runs in
/// a separate process with a bounded heap. It takes minutes and thousands of sockets, so it runs only on demand:
/// <c>dotnet test tests/WebhookFunctions.Tests --filter FullyQualifiedName~SlowSendersRun --logger "console;verbosity=detailed" -- xUnit.Explicit=only</c>.
/// </summary>
public sealed class SlowSendersRun(AzuriteFixture azurite, ITestOutputHelper output) : IDisposable
{
    private const int SlowSenders = 1_200;
    private const int DeclaredBytes = 1024 * 1024;
    private const int HonestPosts = 200;

    // Above the rate of 240 bytes a second, below which Kestrel aborts a request.
    private const int DripBytes = 300;
    private static readonly TimeSpan Drip = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private readonly AppKeys _keys = new();

    public void Dispose() => _directory.Dispose();

    [Theory(Explicit = true)]
    [InlineData(768)]
    public async Task Bodies_that_are_declared_large_and_sent_slowly_use_no_memory_and_delay_no_other_sender(int heapMebibytes)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var settings = _keys.Settings(await azurite.NewAccountAsync());
        settings["DOTNET_GCHeapHardLimit"] = (heapMebibytes * 1024L * 1024).ToString("x", CultureInfo.InvariantCulture);
        await using var app = LocalHostProcess.Start(settings, "run", "--port", "0", "--data", _directory.Path);
        var address = await app.ReadyAsync();
        var before = app.PeakMemory;

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var slow = Enumerable.Range(0, SlowSenders).Select(_ => DripAsync(address, end.Token)).ToList();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
        var honestPosts = new List<(HttpStatusCode Status, TimeSpan Duration)>();
        var running = Stopwatch.StartNew();
        for (var i = 0; i < HonestPosts; i++)
        {
            honestPosts.Add(await PostAsync(http, i, cancellation));
            var next = Duration / HonestPosts * (i + 1) - running.Elapsed;
            await Task.Delay(next > TimeSpan.Zero ? next : TimeSpan.Zero, cancellation);
        }

        var open = slow.Count(connection => !connection.IsCompleted);
        await end.CancelAsync();
        var answers = await Task.WhenAll(slow);
        var after = await PostAsync(http, HonestPosts, cancellation);

        var durations = honestPosts.Select(post => post.Duration.TotalMilliseconds).Order().ToList();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{open} of {SlowSenders} slow connections open after {running.Elapsed.TotalSeconds:0} s; answers to the other connections: "
            + $"{string.Join(", ", answers.Where(answer => answer is not null).GroupBy(answer => answer).Select(group => $"{group.Key} × {group.Count()}"))}. "
            + $"Honest posts: {honestPosts.Count(post => post.Status == HttpStatusCode.OK)} of {HonestPosts} answered 200, "
            + $"median {durations[HonestPosts / 2]:0} ms, slowest {durations[^1]:0} ms. "
            + $"Peak memory: {before / 1024 / 1024} MiB before, {app.PeakMemory / 1024 / 1024} MiB after."));
        Assert.DoesNotContain("Exception", app.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(answers, answer => answer?.Contains("200", StringComparison.Ordinal) == true);
        Assert.All(honestPosts.Append(after), post => Assert.Equal(HttpStatusCode.OK, post.Status));
        Assert.True(open > SlowSenders / 2, $"Only {open} slow connections were open at the end, too few for the test.");
    }

    // Returns the status line if an answer arrived before the end; otherwise null.
    private static async Task<string?> DripAsync(Uri address, CancellationToken end)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(address.Host, address.Port, end);
            await socket.SendAsync(
                Encoding.ASCII.GetBytes($"POST /api/webhooks/sync HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: {DeclaredBytes}\r\n\r\n"), end);
            var answer = ReadAsync(socket, end);
            var drip = new byte[DripBytes];
            while (!answer.IsCompleted)
            {
                await socket.SendAsync(drip, end);
                await Task.WhenAny(answer, Task.Delay(Drip, end));
                end.ThrowIfCancellationRequested();
            }

            return await answer;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode.ToString();
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<string> ReadAsync(Socket socket, CancellationToken end)
    {
        var buffer = new byte[1024];
        var read = await socket.ReceiveAsync(buffer, end);
        return read == 0 ? "closed" : Encoding.ASCII.GetString(buffer, 0, read).Split('\r')[0];
    }

    private async Task<(HttpStatusCode Status, TimeSpan Duration)> PostAsync(HttpClient http, int number, CancellationToken cancellation)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"id":"honest-{{number}}","status":"PROCESSING"}""");
        using var request = WebhookHttp.Request(
            new Uri("api/webhooks/sync", UriKind.Relative), body, _keys.Sign("sync", $"honest-{number}:PROCESSING", body));
        var started = Stopwatch.GetTimestamp();
        using var answer = await http.SendAsync(request, cancellation);
        return (answer.StatusCode, Stopwatch.GetElapsedTime(started));
    }
}
