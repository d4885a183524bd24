using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Text.Json;
using LocalHost.Samples;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Notifications;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests that every operator route answers while a part hangs, long before the clients would time out, and names the part.</summary>
[Collection(SecondOperatorCollection.Name)]
public sealed class HangingPartsTests(OperatorStorage storage)
{
    // The deadline plus the delay of a busy machine. OperatorRequestsTests checks the deadline itself. Without one the SDKs wait for two minutes.
    private static readonly TimeSpan MaxAnswerTime = TimeSpan.FromSeconds(45);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Part of the app, or system of others, that can hang.</summary>
    private enum Part
    {
        Tables,
        Blobs,
        Broker,
        ProviderApi,
        NotificationTarget,
    }

    /// <summary>Every operator route with the parts that it uses, in the order in which it uses them.</summary>
    /// <param name="Function">The function's name.</param>
    /// <param name="Method">The HTTP method.</param>
    /// <param name="Path">The path below <c>api</c>.</param>
    /// <param name="Parts">The parts. While another hangs, the route is answered as usual.</param>
    private sealed record OperatorRoute(string Function, string Method, string Path, params IReadOnlyList<Part> Parts)
    {
        public object? Body { get; init; }
    }

    private static IReadOnlyList<OperatorRoute> Routes(string job, string id) =>
    [
        new(nameof(HealthDetails), "GET", "health/details", Part.Tables, Part.Blobs, Part.Broker),
        new(nameof(ListEvents), "GET", "events", Part.Tables),
        new(nameof(ListEvents), "GET", "events?state=unfinished", Part.Tables),
        new(nameof(ListEvents), "GET", "events?state=failed", Part.Tables),
        new(nameof(FindEvent), "GET", $"events/sync?id={id}", Part.Tables),
        new(nameof(FindEventBody), "GET", $"events/sync/body?id={id}", Part.Tables, Part.Blobs),
        new(nameof(ListJobs), "GET", "jobs", Part.Tables),
        new(nameof(FindJob), "GET", $"jobs/sync?id={job}", Part.Tables),
        // With an account key, as here, the links are signed without a request.
        new(nameof(FindJob), "GET", $"jobs/sync?id={job}&links=5", Part.Tables),
        new(nameof(EraseJob), "DELETE", "jobs/sync?id=another", Part.Tables, Part.Blobs, Part.Broker),
        new(nameof(RefetchEvent), "POST", $"events/sync/refetch?id={id}", Part.Tables, Part.Blobs, Part.ProviderApi, Part.Broker),
        new(nameof(RecoverJobs), "POST", "webhooks/sync/recover", Part.Tables, Part.ProviderApi, Part.Broker) { Body = new { jobIds = (string[])[job] } },
        new(nameof(ListDeadLetters), "GET", $"dead-letters/{QueueNames.WebhookEvents}", Part.Broker),
        new(nameof(ListDeadLetters), "GET", $"dead-letters/{QueueNames.AssetDownloads}", Part.Broker),
        new(nameof(ListDeadLetters), "GET", $"dead-letters/{QueueNames.JobNotifications}", Part.Broker),
        new(nameof(ReplayDeadLetters), "POST", $"dead-letters/{QueueNames.WebhookEvents}/replay", Part.Broker) { Body = new { all = true } },
        new(nameof(ReplayDeadLetters), "POST", $"dead-letters/{QueueNames.AssetDownloads}/replay", Part.Broker, Part.Tables) { Body = new { all = true } },
        new(nameof(TestNotification), "POST", "notifications/test", Part.NotificationTarget, Part.Broker),
    ];

    [Fact]
    public void Every_operator_route_of_the_app_is_tested() => Assert.Equal(
        typeof(ReceiveWebhook).Assembly.GetTypes()
            .Where(type => type.GetMethods().SelectMany(method => method.GetParameters()).Any(
                parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>() is { AuthLevel: not AuthorizationLevel.Anonymous }))
            .Select(type => type.Name)
            .Order(StringComparer.Ordinal),
        Routes("", "").Select(route => route.Function).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public async Task Every_operator_route_names_each_part_that_hangs_and_needs_no_other()
    {
        await using var tables = new FreezableRelay(storage.Ports.Table);
        await using var blobs = new FreezableRelay(storage.Ports.Blob);
        await using var outside = new HostileServer();
        var sync = new SyncSamples().NewKeys();
        await using var bench = await OperatorBench.StartAsync(
            storage.ConnectionString,
            settings: new Dictionary<string, string>(sync.Settings)
            {
                ["AzureWebJobsStorage"] = storage.ConnectionString
                    .Replace($":{storage.Ports.Table}/", $":{tables.Port}/", StringComparison.Ordinal)
                    .Replace($":{storage.Ports.Blob}/", $":{blobs.Port}/", StringComparison.Ordinal),
                ["SYNC_API_KEY"] = "any-key",
                ["SYNC_API_BASE_URL"] = outside.Url(""),
                [NotifySettings.UrlSetting] = outside.Url("/receiver"),
                [NotifySettings.SecretSetting] = $"whsec_{Convert.ToBase64String(new byte[32])}",
                [NotifySettings.QueueSetting] = "true",
            });
        await bench.HealthyAsync();
        Receive();
        Serve();
        var id = $"{bench.Job}:COMPLETED";
        var body = JsonSerializer.SerializeToUtf8Bytes(new { id = bench.Job, status = "COMPLETED", outputUrl = bench.Source.Serve("/video", new byte[100]) });
        Assert.Equal(HttpStatusCode.OK, await bench.PostAsync("webhooks/sync", body, sync.Signer.Sign(id, body, TimeProvider.System.GetUtcNow())));
        // A dead letter of another job.
        await bench.SendAsync($"id-{Guid.NewGuid():n}", bench.Source.Url("/missing"), $"job-{Guid.NewGuid():n}");
        await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1);

        await CheckAsync(Part.Tables, "webhookEvents", tables.Freeze, tables.Thaw);
        await CheckAsync(Part.Blobs, "assets", blobs.Freeze, blobs.Thaw);
        await CheckAsync(Part.NotificationTarget, "webhook", () => outside.On("/receiver", HangAsync), Receive);
        await CheckAsync(Part.ProviderApi, "sync", () => outside.On($"/v2/generate/{bench.Job}", HangAsync), Serve);
        // The last part, because a refetch that it interrupts opens the event.
        await CheckAsync(
            Part.Broker,
            QueueNames.WebhookEvents,
            () => bench.App.Broker.Before = operation => Task.Delay(Timeout.Infinite, operation.CancellationToken),
            () => bench.App.Broker.Before = null);

        async Task CheckAsync(Part part, string name, Action hang, Action release)
        {
            // A refetch that was answered has opened the event.
            await bench.EventAsync(id, row => row.IsFinal, "sync");
            hang();
            await Task.WhenAll(Routes(bench.Job, id).Select(async route =>
            {
                var answer = route.Parts.Contains(part)
                    ? await AskAsync(bench, route.Method, route.Path, route.Body)
                    : await bench.AskUntilAvailableAsync(new HttpMethod(route.Method), route.Path, route.Body);
                Assert.True(
                    route.Parts.Contains(part) == (answer.Status == HttpStatusCode.ServiceUnavailable),
                    $"While {part} hung, {route.Method} {route.Path} was answered {answer.Status}: {answer.Json}");
                if (route.Parts.Contains(part))
                {
                    Assert.Contains(NamesIn(answer.Json), each => each == name || (part == Part.Broker && each == NotifySettings.QueueTarget));
                }
            }));
            release();
        }

        void Receive() => outside.On("/receiver", exchange => exchange.AnswerAsync("204 No Content"));

        // The API knows the job and has no result of it yet.
        void Serve() => outside.Serve(
            $"/v2/generate/{bench.Job}", JsonSerializer.SerializeToUtf8Bytes(new { id = bench.Job, status = "PROCESSING" }), "application/json");

        static Task HangAsync(Exchange exchange) => Task.Delay(Timeout.Infinite, exchange.Stopping);
    }

    /// <summary>Returns the names of what did not answer, from a problem or a report.</summary>
    private static IEnumerable<string> NamesIn(JsonElement answer)
    {
        if (answer.TryGetProperty("targets", out var targets))
        {
            return targets.EnumerateArray()
                .Where(target => target.GetProperty("reason").GetString() == "Timeout")
                .Select(target => NotifySettings.KindOf(target.GetProperty("target").GetString()!));
        }

        if (answer.TryGetProperty("storage", out var tables))
        {
            return tables.EnumerateObject().Concat(answer.GetProperty("queues").EnumerateObject())
                .Where(part => part.Value.GetProperty("error").ValueKind == JsonValueKind.String)
                .Select(part => part.Name);
        }

        var detail = answer.GetProperty("detail").GetString()!;
        return [.. answer.GetProperty("unavailable").EnumerateObject().Select(part => part.Name), .. detail.Contains(" of sync ", StringComparison.Ordinal) ? (string[])["sync"] : []];
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

    private static async Task<(HttpStatusCode Status, JsonElement Json)> AskAsync(OperatorBench bench, string method, string path, object? body)
    {
        var watch = Stopwatch.StartNew();
        var answer = await bench.AskAsync(new HttpMethod(method), path, body);
        TestContext.Current.SendDiagnosticMessage($"{method} {path}: {(int)answer.Status} after {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(watch.Elapsed < MaxAnswerTime, $"{method} {path} was answered after {watch.Elapsed}.");
        return answer;
    }
}
