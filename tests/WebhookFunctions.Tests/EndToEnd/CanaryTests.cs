using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using LocalHost.Samples;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// Tests with canary values in every secret and in all content of webhooks and API answers, for every provider, with APIs and sources that fail. No
/// canary may appear in logs, metrics, traces, tables, blob metadata or operators' answers.
/// </summary>
public sealed class CanaryTests : IClassFixture<CanaryApp>
{
    // Contained in keys, signatures, links' queries and the answers of failing servers. Allowed only in raw events.
    private const string Secret = CanaryApp.Secret;

    // Contained in fields that the app does not read.
    private const string Content = "c0ntent-mark";

    // Contained in a provider's error messages. Allowed on rows, whose purpose is to show them, but not in logs.
    private const string Words = "w0rds-mark";

    private const string Quote = $"{Words} Cannot fetch https://user:{Secret}@cdn.example/a.mp4?token={Secret}&x={Secret} (see h.example/a?key={Secret})";

    private static readonly string[] FailingJobs = ["garbage-t", "garbage-f", "garbage-n", "broken", "away", "refused", "quoting", "failed"];
    private static readonly string[] BothQueues = [QueueNames.WebhookEvents, QueueNames.AssetDownloads];
    private static readonly string[] Providers = ["geminigen", "gemini", "sync", "replicate"];

    private readonly List<string> _secrets = [Secret];
    private readonly List<(string Space, string Id)> _events = [];
    private readonly GeminiStandIn _api;
    private readonly RunningApp _app;

    public CanaryTests(CanaryApp shared)
    {
        (_api, _app) = (shared.Api, shared.Running);
        _secrets.AddRange(_app.Keys.Settings("").Where(setting => setting.Key.EndsWith("_SECRET", StringComparison.Ordinal)).Select(setting => setting.Value));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_canary_appears_in_logs_tables_metadata_or_answers()
    {
        PrepareApis();
        foreach (var provider in Providers)
        {
            foreach (var link in Links())
            {
                await PostAsync(provider, link, isFailure: false, $"link-{_events.Count}");
            }

            await PostAsync(provider, "", isFailure: true, "failed");
        }

        foreach (var job in FailingJobs[..^1])
        {
            await PostAsync("geminigen", "", isFailure: false, job);
            await PostDynamicAsync(job);
        }

        await QuietAsync();
        await ForgeAsync();
        var answers = await AskAsync();
        await QuietAsync();

        // Verifies the test itself: the app did receive the canaries.
        var bodies = await BodiesAsync();
        Assert.All((string[])[Secret, Content, Words], mark => Assert.Contains(bodies, body => body.Contains(mark, StringComparison.Ordinal)));
        var tables = await TablesAsync();
        Assert.InRange(tables.Count(row => row.StartsWith("event ", StringComparison.Ordinal)), _events.Count, int.MaxValue);
        Assert.Contains(tables, row => row.Contains(Words, StringComparison.Ordinal));
        Assert.Contains(_app.Logs.Lines, line => line.Text.Contains("line 0, byte", StringComparison.Ordinal));
        Assert.All(FailingJobs, job => Assert.Contains(_api.Requests, request => request.PathAndQuery.Contains(job, StringComparison.Ordinal)));

        AssertNone(_app.Logs.Lines.Select(line => $"{line.Level} {line.Category} {line.Text}"), [.. _secrets, Content, Words]);
        AssertNone(tables, [.. _secrets, Content]);
        AssertNone(answers, [.. _secrets, Content]);
        AssertNone(await MetadataAsync(), [.. _secrets, Content, Words]);
    }

    private static void AssertNone(IEnumerable<string> texts, string[] marks)
    {
        foreach (var text in texts)
        {
            Assert.All(marks, mark => Assert.DoesNotContain(mark, text, StringComparison.OrdinalIgnoreCase));
        }
    }

    // Every API answer contains a canary, and most of them are errors.
    private void PrepareApis()
    {
        _api.OnBytes("/page", Encoding.UTF8.GetBytes($"<!DOCTYPE html><html><body>{Secret}</body></html>"), "text/html");
        _api.OnJson("/missing", $$"""{"error":"{{Secret}}"}""", StatusCodes.Status404NotFound);
        _api.OnJson("/broken", $$"""{"error":"{{Secret}}"}""", StatusCodes.Status500InternalServerError);
        _api.OnRedirect("/moved", $"{_api.Origin}/broken?token={Secret}");
        _api.OnRedirect("/out", $"https://user:{Secret}@169.254.169.254/a?token={Secret}");
        foreach (var job in FailingJobs)
        {
            foreach (var path in (string[])[$"/uapi/v1/history/{job}", $"/v1beta/batches/{job}", $"/v2/generate/{job}"])
            {
                _api.On(path, job switch
                {
                    "broken" => context => context.Response.WriteAsync($$"""{"uuid":"{{job}}","status":2,"{{Secret}}":"{{Secret}}"""),
                    "away" => context => StatusAsync(context, StatusCodes.Status503ServiceUnavailable),
                    "refused" => context => StatusAsync(context, StatusCodes.Status403Forbidden),
                    "quoting" or "failed" => context => context.Response.WriteAsJsonAsync(new
                    {
                        uuid = job,
                        id = job,
                        status = path.StartsWith("/v2", StringComparison.Ordinal) ? "FAILED" : path.StartsWith("/v1", StringComparison.Ordinal) ? "failed" : "3",
                        error_message = Quote,
                        error = path.StartsWith("/v2", StringComparison.Ordinal) ? Quote : (object)new { code = 13, message = Quote },
                    }),
                    // The JSON parser's error would quote the whole invalid literal.
                    _ => context => context.Response.WriteAsync($"{job[^1]}{Secret}"),
                });
            }
        }
    }

    private static Task StatusAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync($$"""{"error":"{{Secret}}"}""");
    }

    private IEnumerable<string> Links() =>
    [
        $"{_app.Media.Add($"{SampleScene.NewId()}/output.mp4")}&signature={Secret}",
        $"{_api.Origin}/missing?token={Secret}",
        $"{_api.Origin}/broken?token={Secret}#{Secret}",
        $"{_api.Origin}/moved?token={Secret}",
        $"{_api.Origin}/out?token={Secret}",
        $"{_api.Origin}/page?token={Secret}",
        $"http://user:{Secret}@127.0.0.1:1/a?token={Secret}",
        $"https://10.0.0.1/a?token={Secret}",
        $"https://nowhere.invalid/a?token={Secret}",
        $"ftp://h.example/a?{Secret}",
        $"ftp://h.example/a;type={Secret}",
        $"gs://bucket/a?{Secret}",
        $"https:/{Secret}",
        $"data:video/mp4;base64,{Secret}",
    ];

    private async Task PostAsync(string provider, string link, bool isFailure, string job)
    {
        if (job.StartsWith("link-", StringComparison.Ordinal))
        {
            _api.OnJson($"/uapi/v1/history/{job}", JsonSerializer.Serialize(new { uuid = job, status = 2, media_url = link, secret = Secret }));
        }

        var id = $"{provider}-{job}";
        var body = Encoding.UTF8.GetBytes(provider switch
        {
            "geminigen" => JsonSerializer.Serialize(new
            {
                @event = isFailure ? "TTS_TEXT_FAILED" : "TTS_TEXT_SUCCESS",
                uuid = id,
                data = new { uuid = job, media_url = link, error_message = isFailure ? Quote : null, other = $"{Content} {Secret}" },
            }),
            "gemini" => JsonSerializer.Serialize(new
            {
                type = isFailure ? "batch.failed" : "video.generated",
                data = new { id = job, output_file_uri = link, error_message = isFailure ? Quote : null, other = $"{Content} {Secret}" },
                user_metadata = new { callback = $"https://user:{Secret}@me.example/back?token={Secret}" },
            }),
            "sync" => JsonSerializer.Serialize(new
            {
                id,
                status = isFailure ? "FAILED" : "COMPLETED",
                outputUrl = link,
                error = isFailure ? Quote : null,
                other = $"{Content} {Secret}",
            }),
            _ => JsonSerializer.Serialize(new
            {
                id = job,
                status = isFailure ? "failed" : "succeeded",
                output = link,
                error = isFailure ? Quote : null,
                other = $"{Content} {Secret}",
            }),
        });
        var headers = _app.Keys.Sign(provider, id, body);
        _secrets.AddRange(headers.Where(header => header.Key.Contains("signature", StringComparison.OrdinalIgnoreCase)).Select(header => header.Value));
        await AcceptAsync(WebhookHttp.Request(RunningApp.Address(provider), body, headers));
        _events.Add((provider, provider == "sync" ? $"{id}:{(isFailure ? "FAILED" : "COMPLETED")}" : id));
    }

    private async Task PostDynamicAsync(string job)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var token = GeminiStandIn.Sign(
            $$"""{"iss":"https://accounts.google.com","aud":"{{SampleSettings.Audience}}","iat":{{now}},"exp":{{now + 300}},"sub":"{{Secret}}"}""");
        _secrets.Add(token);
        await AcceptAsync(WebhookHttp.Request(
            RunningApp.Address("gemini/dynamic"),
            Encoding.UTF8.GetBytes($$"""{"type":"batch.succeeded","data":{"id":"{{job}}","other":"{{Content}} {{Secret}}"} }"""),
            new Dictionary<string, string> { ["webhook-id"] = job, ["webhook-signature"] = token }));
        _events.Add((EventSpaces.Jwt("gemini"), job));
    }

    private async Task AcceptAsync(HttpRequestMessage request)
    {
        using var answer = await _app.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task ForgeAsync()
    {
        foreach (var provider in (string[])[.. Providers, "gemini/dynamic", "nobody"])
        {
            foreach (var body in (string[])["", $"t{Secret}", $$"""{"id":"{{Secret}}","uuid":"{{Secret}}"}"""])
            {
                using var forged = WebhookHttp.Request(RunningApp.Address(provider), Encoding.UTF8.GetBytes(body), new Dictionary<string, string>
                {
                    ["webhook-id"] = Secret,
                    ["webhook-timestamp"] = Secret,
                    ["webhook-signature"] = $"v1,{Secret}",
                    ["x-signature"] = Secret,
                    ["Sync-Signature"] = $"t=1,v1={Secret}",
                });
                using var answer = await _app.SendAsync(forged);
                Assert.InRange((int)answer.StatusCode, 400, 499);
                Assert.DoesNotContain(Secret, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Collects the answers to every operator request.</summary>
    private async Task<List<string>> AskAsync()
    {
        var answers = new List<string>();
        foreach (var path in (string[])["events?top=500", "events?state=failed&top=500", "health/details", .. BothQueues.Select(queue => $"dead-letters/{queue}")])
        {
            answers.Add(await AskAsync(HttpMethod.Get, path));
        }

        foreach (var (space, id) in _events)
        {
            answers.Add(await AskAsync(HttpMethod.Get, $"events/{space}?id={Uri.EscapeDataString(id)}"));
            answers.Add(await AskAsync(HttpMethod.Post, $"events/{space}/refetch?id={Uri.EscapeDataString(id)}"));
        }

        foreach (var provider in Providers)
        {
            answers.Add(await AskAsync(HttpMethod.Get, $"jobs/{provider}?id=failed"));
            answers.Add(await AskAsync(HttpMethod.Post, $"webhooks/{provider}/recover", new { jobIds = FailingJobs }));
        }

        Assert.Null(await _app.Host.RunTimerAsync(nameof(RunMaintenance), Cancel));
        return answers;
    }

    private async Task<string> AskAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await _app.SendAsync(request);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    // Failed work waits in the queues as scheduled messages.
    private Task QuietAsync() => Eventually.TrueAsync(
        async () => await _app.Results.CountEventsAsync(Cancel) >= _events.Count
            && await _app.Host.GetCountsAsync(QueueNames.WebhookEvents, Cancel) is { Active: 0 }
            && await _app.Host.GetCountsAsync(QueueNames.AssetDownloads, Cancel) is { Active: 0 },
        "The first attempt of everything");

    private async Task<List<string>> TablesAsync()
    {
        var rows = new List<string>();
        foreach (var table in (TableClient[])[_app.Storage.Events, _app.Storage.Jobs, _app.Storage.Index])
        {
            await foreach (var row in table.QueryAsync<TableEntity>(cancellationToken: Cancel))
            {
                rows.Add($"{row.RowKey} {string.Join('\n', row.Select(column => $"{column.Key}={column.Value}"))}");
            }
        }

        return rows;
    }

    private async Task<List<string>> MetadataAsync()
    {
        var found = new List<string>();
        foreach (var container in (BlobContainerClient[])[_app.Storage.RawEvents, _app.Storage.Assets])
        {
            await foreach (var blob in container.GetBlobsAsync(BlobTraits.Metadata, BlobStates.Uncommitted, null, Cancel))
            {
                found.Add($"{blob.Name} {string.Join('\n', blob.Metadata.Select(pair => $"{pair.Key}={pair.Value}"))}");
            }
        }

        Assert.True(found.Count > _events.Count, "There are blobs of both kinds.");
        return found;
    }

    private async Task<List<string>> BodiesAsync()
    {
        var bodies = new List<string>();
        await foreach (var blob in _app.Storage.RawEvents.GetBlobsAsync(cancellationToken: Cancel))
        {
            bodies.Add((await _app.Storage.RawEvents.GetBlobClient(blob.Name).DownloadContentAsync(Cancel)).Value.Content.ToString());
        }

        return bodies;
    }
}

/// <summary>App whose keys for the providers' APIs contain a canary.</summary>
public sealed class CanaryApp(AzuriteFixture azurite) : AppWithApi(
    azurite, SampleSettings.Dynamic, ("GEMINI_API_KEY", $"gemini-{Secret}"), ("GEMINIGEN_API_KEY", $"geminigen-{Secret}"), ("SYNC_API_KEY", $"sync-{Secret}"))
{
    public const string Secret = "s3cret-mark";
}
