using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests that every operator route answers while a part hangs, long before the clients would time out, and names the part.</summary>
[Collection(SecondOperatorCollection.Name)]
public sealed class HangingPartsTests(OperatorStorage storage)
{
    // The deadline plus the delay of a busy machine. OperatorRequestsTests checks the deadline itself. Without one the SDKs wait for two minutes.
    private static readonly TimeSpan MaxAnswerTime = TimeSpan.FromSeconds(45);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string?> Routes => new()
    {
        { "GET", "events", null },
        { "GET", "events?state=failed", null },
        { "GET", "events/gemini?id=a", null },
        { "GET", "jobs/gemini?id=a", null },
        { "POST", "events/gemini/refetch?id=a", null },
        { "DELETE", "jobs/gemini?id=a", null },
        { "POST", "webhooks/gemini/recover", """{"jobIds":["a"]}""" },
    };

    [Fact]
    public async Task Storage_that_hangs_is_named_by_every_route_that_needs_it()
    {
        await using var tables = new FreezableRelay(storage.Ports.Table);
        await using var blobs = new FreezableRelay(storage.Ports.Blob);
        await using var bench = await OperatorBench.StartAsync(
            storage.ConnectionString,
            settings: new Dictionary<string, string>
            {
                ["AzureWebJobsStorage"] = storage.ConnectionString
                    .Replace($":{storage.Ports.Table}/", $":{tables.Port}/", StringComparison.Ordinal)
                    .Replace($":{storage.Ports.Blob}/", $":{blobs.Port}/", StringComparison.Ordinal),
                ["GEMINI_API_KEY"] = "any-key",
                ["GEMINI_API_BASE_URL"] = "http://127.0.0.1:1",
            });
        await bench.HealthyAsync();
        tables.Freeze();
        blobs.Freeze();

        var answers = await Task.WhenAll(Routes.Select(route => AskAsync(bench, route.Data.Item1, route.Data.Item2, route.Data.Item3)));

        Assert.All(answers, answer =>
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            Assert.Contains("Unavailable: storage tables, storage blobs.", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.True(answer.Json.GetProperty("unavailable").TryGetProperty("generationJobs", out _));
        });
        // Dead letters can be listed without storage.
        var (_, status, _) = await AskAsync(bench, "GET", $"dead-letters/{QueueNames.AssetDownloads}", null);
        Assert.Equal(HttpStatusCode.OK, status);
        tables.Thaw();
        blobs.Thaw();
    }

    [Fact]
    public async Task A_broker_that_hangs_is_named_by_every_route_that_needs_it()
    {
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString);
        bench.App.Broker.Before = operation => Task.Delay(Timeout.Infinite, operation.CancellationToken);

        var answers = await Task.WhenAll(
            AskAsync(bench, "GET", $"dead-letters/{QueueNames.AssetDownloads}", null),
            AskAsync(bench, "POST", $"dead-letters/{QueueNames.WebhookEvents}/replay", """{"all":true}"""),
            AskAsync(bench, "DELETE", "jobs/gemini?id=a", null));

        Assert.All(answers, answer =>
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            Assert.Contains("Unavailable: the broker.", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        });
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(bench, "GET", "events", null)).Status);
        bench.App.Broker.Before = null;
    }

    [Fact]
    public async Task A_caller_who_disconnects_is_not_logged_above_information()
    {
        using var logs = new CapturedLogs();
        await using var tables = new FreezableRelay(storage.Ports.Table);
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, logs: logs, settings: new Dictionary<string, string>
        {
            ["AzureWebJobsStorage"] = storage.ConnectionString.Replace($":{storage.Ports.Table}/", $":{tables.Port}/", StringComparison.Ordinal),
        });
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("events")).Status);
        tables.Freeze();

        using (var operatorsCall = await ConnectAsync(bench))
        {
            await SendAsync(operatorsCall, "GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
            await tables.HeldAsync(Cancel);
            Reset(operatorsCall);
        }

        // Each time a little later, so that some disconnect before the host has forwarded the request, and others while the app reads the body.
        for (var i = 0; i < 200; i++)
        {
            using var webhook = await ConnectAsync(bench);
            await SendAsync(webhook, "POST /api/webhooks/gemini HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n");
            var sent = Stopwatch.GetTimestamp();
            SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(sent) > i * TimeSpan.FromMicroseconds(20));
            Reset(webhook);
        }

        tables.Thaw();
        // A later request is answered only after the earlier ones have ended.
        Assert.Equal(HttpStatusCode.OK, (await Eventually.GetAsync(() => bench.GetAsync("events"), answer => answer.Status == HttpStatusCode.OK, "An answer")).Status);
        // About one of these disconnects in three thousand meets a race inside the worker's own HTTP package: the request arrives just after its invocation
        // has ended. The worker's server then logs the package's exception.
        Assert.DoesNotContain(
            logs.Lines,
            line => line.Level > LogLevel.Information && !line.Text.Contains("FunctionsHttpContextExtensions.InvokeFunctionAsync", StringComparison.Ordinal));

        static Task<int> SendAsync(Socket socket, string text) => socket.SendAsync(Encoding.ASCII.GetBytes(text), Cancel).AsTask();

        // Resets the connection, like a client that ends or a proxy that stops waiting.
        static void Reset(Socket socket)
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }

        static async Task<Socket> ConnectAsync(OperatorBench bench)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, bench.App.BaseAddress.Port, Cancel);
            return socket;
        }
    }

    private static async Task<(TimeSpan Time, HttpStatusCode Status, JsonElement Json)> AskAsync(OperatorBench bench, string method, string path, string? body)
    {
        var watch = Stopwatch.StartNew();
        var (status, json) = await bench.AskAsync(new HttpMethod(method), path, body is null ? null : JsonElement.Parse(body));
        TestContext.Current.SendDiagnosticMessage($"{method} {path}: {(int)status} after {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(watch.Elapsed < MaxAnswerTime, $"{method} {path} was answered after {watch.Elapsed}.");
        return (watch.Elapsed, status, json);
    }
}
