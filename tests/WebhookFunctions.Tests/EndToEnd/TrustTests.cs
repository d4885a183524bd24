using System.Net;
using System.Text;
using Azure.Data.Tables;
using LocalHost.Samples;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Erasure;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// Tests of an attacker with genuine signatures, through the routes of the whole app. If a provider uses one key for all customers, any customer can
/// have any number of webhooks signed.
/// </summary>
public sealed class TrustTests(AzuriteFixture azurite, AppWithApiKeys withKeys, AppWithoutApiKeys withoutKeys)
    : IClassFixture<AppWithApiKeys>, IClassFixture<AppWithoutApiKeys>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_an_API_key_an_event_of_an_undocumented_type_says_what_the_API_says(bool forgedFirst)
    {
        var app = withKeys.Running;
        var job = SampleScene.NewId();
        var media = MediaOf(app);
        withKeys.Api.OnJson($"/uapi/v1/history/{job}", $$"""{"uuid":"{{job}}","status":2,"media_url":"{{media}}"}""");
        var (genuine, forged) = ($"genuine-{job}", $"forged-{job}");
        var forgedBody =
            $$"""{"event":"ANYTHING","uuid":"{{forged}}","data":{"uuid":"{{job}}","status":3,"error_message":"PWNED","updated_at":"8999-12-31"} }""";
        var genuineBody = $$"""{"event":"VIDEO_GENERATION_COMPLETED","uuid":"{{genuine}}","data":{"uuid":"{{job}}","status":2,"media_url":"{{media}}"} }""";
        (string Id, string Body)[] sent = forgedFirst ? [(forged, forgedBody), (genuine, genuineBody)] : [(genuine, genuineBody), (forged, forgedBody)];

        foreach (var (id, body) in sent)
        {
            await SendAsync(app, "geminigen", id, body);
            await app.EndedAsync("geminigen", id);
        }

        var row = await JobAsync(app, "geminigen", job);
        Assert.Equal((nameof(JobStatus.Succeeded), nameof(Assurance.Confirmed)), (row.GetString("Status"), row.GetString("Assurance")));
        Assert.Null(row.GetString("ErrorMessage"));
        Assert.True(row.GetDateTimeOffset("OccurredAt") < TimeProvider.System.GetUtcNow().AddMinutes(1));
        Assert.Equal(Assurance.Confirmed, (await app.EndedAsync("geminigen", forged)).Assurance);
        Assert.Equal(app.Media[media].Sha256, await app.Results.HashAsync($"geminigen/{job}/media.mp4", Cancel));
        Assert.Contains(withKeys.Api.Requests, request => request.PathAndQuery == $"/uapi/v1/history/{job}");
        Assert.Empty(await UnconfirmedBlobsAsync(app, "geminigen", job));
    }

    [Fact]
    public async Task Without_a_key_a_final_state_that_nothing_proves_is_unconfirmed_and_its_time_is_bounded()
    {
        var app = withoutKeys.Running;
        var job = SampleScene.NewId();
        var before = TimeProvider.System.GetUtcNow();

        await SendAsync(
            app, "geminigen", $"e-{job}", $$"""{"event":"VIDEO_GENERATION_FAILED","uuid":"e-{{job}}","data":{"uuid":"{{job}}","status":3,"updated_at":"8999-12-31"} }""");
        await app.EndedAsync("geminigen", $"e-{job}");

        var row = await JobAsync(app, "geminigen", job);
        Assert.Equal(
            (nameof(JobStatus.Unconfirmed), "3", nameof(Assurance.Unconfirmed)), (row.GetString("Status"), row.GetString("ProviderStatus"), row.GetString("Assurance")));
        Assert.InRange(row.GetDateTimeOffset("OccurredAt")!.Value, before, TimeProvider.System.GetUtcNow().AddMinutes(5));
    }

    [Fact]
    public async Task A_forged_event_cannot_store_a_file_under_the_name_of_a_jobs_file()
    {
        var app = withKeys.Running;
        var job = SampleScene.NewId();
        var (attackers, genuine) = (MediaOf(app), MediaOf(app));

        // The job's id is not the name of an operation, so the app cannot ask the API.
        await SendAsync(app, "gemini/dynamic", $"forged-{job}", Video(job, attackers));
        var forged = await app.EndedAsync(EventSpaces.Jwt("gemini"), $"forged-{job}");
        await SendAsync(app, "gemini", $"genuine-{job}", Video(job, genuine));
        var row = await app.EndedAsync("gemini", $"genuine-{job}");

        Assert.Equal((Assurance.Unconfirmed, Assurance.Signed), (forged.Assurance, row.Assurance));
        var asset = Assert.Single(await app.Results.AssetsAsync(row, Cancel));
        Assert.Equal(($"gemini/{job}/video.mp4", app.Media[genuine].Sha256), (asset.Blob, asset.Sha256));
        Assert.Equal(app.Media[genuine].Sha256, await app.Results.HashAsync(asset.Blob, Cancel));
        var apart = Assert.Single(await UnconfirmedBlobsAsync(app, "gemini", job));
        Assert.Equal(app.Media[attackers].Sha256, await app.Results.HashAsync(apart, Cancel));
        var known = await JobAsync(app, "gemini", job);
        Assert.Equal((nameof(JobStatus.Succeeded), nameof(Assurance.Signed)), (known.GetString("Status"), known.GetString("Assurance")));

        // A request erases as much as it can within three seconds.
        var erasure = app.Host.Services.GetRequiredService<JobErasure>();
        await Eventually.TrueAsync(
            async () =>
            {
                await erasure.EraseAsync("gemini", job, Cancel);
                return (await BlobsAsync(app, $"gemini/{job}/")).Count == 0;
            },
            "The erasure of all of the job's blobs");
    }

    [Theory]
    [InlineData("https://attacker.r2.cloudflarestorage.com/bucket/evil.mp4?X-Amz-Signature=secret")]
    [InlineData("https://evil.example/evil.mp4")]
    public async Task An_unproven_link_to_a_shared_host_is_recorded_and_names_the_setting_that_would_prove_it(string link)
    {
        var app = withoutKeys.Running;
        var job = SampleScene.NewId();

        await SendAsync(
            app,
            "geminigen",
            $"e-{job}",
            $$"""{"event":"VIDEO_GENERATION_COMPLETED","uuid":"e-{{job}}","data":{"uuid":"{{job}}","status":2,"media_url":"{{link}}"} }""");
        var row = await app.EndedAsync("geminigen", $"e-{job}");

        Assert.Equal((EventState.Recorded, 0), (row.State, row.AssetsTotal));
        var asset = Assert.Single(await app.Results.AssetsAsync(row, Cancel));
        Assert.Equal((AssetState.Recorded, Assurance.Unconfirmed), (asset.State, asset.Assurance));
        Assert.Contains("GEMINIGEN_WEBHOOK_TOKEN or GEMINIGEN_API_KEY", asset.LastError, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", asset.SourceUrl, StringComparison.Ordinal);
        Assert.Empty(await BlobsAsync(app, $"geminigen/{job}/"));
        Assert.Equal(0, await DeadLettersAsync(app));
    }

    [Fact]
    public async Task A_job_that_the_API_does_not_know_is_not_confirmed_without_a_dead_letter()
    {
        var app = withKeys.Running;
        var job = SampleScene.NewId();

        await SendAsync(app, "geminigen", $"e-{job}", $$"""{"event":"TTS_TEXT_FAILED","uuid":"e-{{job}}","data":{"uuid":"{{job}}","status":3} }""");
        var row = await app.EndedAsync("geminigen", $"e-{job}");

        Assert.Equal((EventState.Failed, "NotConfirmed"), (row.State, row.Entity.GetString("ErrorCode")));
        Assert.Null(await app.Results.FindJobAsync("geminigen", job, Cancel));
        Assert.Equal(0, await DeadLettersAsync(app));
    }

    [Fact]
    public async Task One_token_with_fifty_invented_jobs_causes_ten_calls_of_the_API()
    {
        // Not the shared app, whose other tests send requests to the API too.
        await using var own = new AppWithApiKeys(azurite);
        await own.InitializeAsync();
        var app = own.Running;
        var token = Token();
        var ids = Enumerable.Range(0, 50).Select(i => $"{i}-{SampleScene.NewId()}").ToList();

        foreach (var id in ids)
        {
            await SendAsync(app, "gemini/dynamic", id, $$"""{"type":"batch.succeeded","data":{"id":"{{id}}"} }""", token);
        }

        var rows = new List<EventRow>();
        foreach (var id in ids)
        {
            rows.Add((await Eventually.GetAsync(
                () => app.Results.FindEventAsync(EventSpaces.Jwt("gemini"), id, Cancel),
                row => row is { IsFinal: true } or { NextAttemptAt: not null },
                $"The end of {id}, or that it waits"))!);
        }

        Assert.Equal(10, rows.Count(row => row is { State: EventState.Failed } && row.Entity.GetString("ErrorCode") == "NotConfirmed"));
        Assert.Equal(40, rows.Count(row => row.State == EventState.Received && row.NextAttemptAt > row.ReceivedAt));
        Assert.Equal(10, own.Api.Requests.Count(request => request.PathAndQuery.StartsWith("/v1beta/batches/", StringComparison.Ordinal)));
        Assert.Equal(0, await DeadLettersAsync(app));
    }

    [Fact]
    public async Task One_token_with_fifty_links_at_the_API_causes_no_request_with_its_key()
    {
        // Not the shared app, whose other tests send requests to the API too.
        await using var own = new AppWithApiKeys(azurite);
        await own.InitializeAsync();
        var app = own.Running;
        var token = Token();
        var ids = Enumerable.Range(0, 50).Select(i => $"{i}-{SampleScene.NewId()}").ToList();

        // The job's id is not valid for the API, so the app cannot ask the API about the event.
        await Task.WhenAll(ids.Select(id => SendAsync(app, "gemini/dynamic", id, Video("no operation", $"files/{id}"), token)));

        foreach (var id in ids)
        {
            var row = await app.EndedAsync(EventSpaces.Jwt("gemini"), id);
            Assert.Equal((EventState.Recorded, Assurance.Unconfirmed), (row.State, row.Assurance));
        }

        Assert.DoesNotContain(own.Api.Requests, request => request.Header("x-goog-api-key") is not null);
    }

    [Theory]
    [InlineData(QueueNames.WebhookEvents, "coverage", """{"type":"webhook.ping"}""")]
    [InlineData(QueueNames.AssetDownloads, null, """{"event":{"space":"gemini","webhookId":"x","partitionKey":"gemini:x","messageId":"gemini:x"},"row":"asset:00000","jobId":"j","source":{"name":"a","url":"https://a.example"},"assurance":"Notarised","receivedAt":"2026-01-22T12:00:00Z","queuedAt":"2026-01-22T12:00:00Z"}""")]
    public async Task A_message_with_a_value_of_a_newer_version_is_requeued_and_never_dead_lettered(string queue, string? property, string body)
    {
        var app = withoutKeys.Running;
        var id = SampleScene.NewId();
        var message = new EventMessage
        {
            Key = EventKey.Create("gemini", id), Coverage = SignatureCoverage.RawBody, ReceivedAt = TimeProvider.System.GetUtcNow(), Body = BinaryData.FromString(body),
        }.ToMessage();
        if (property is not null)
        {
            message.ApplicationProperties[property] = "Notarised";
        }

        await app.Host.Services.GetRequiredService<QueueSenders>().To(queue).SendMessageAsync(message, Cancel);

        var counts = await Eventually.GetAsync(() => app.Host.GetCountsAsync(queue, Cancel), counts => counts is { Scheduled: 1, Active: 0 }, "The requeued message");
        Assert.Equal(0, counts.DeadLetters);
    }

    private static string MediaOf(RunningApp app)
    {
        var scene = new SampleScene(SampleScene.NewId(), TimeProvider.System.GetUtcNow(), app.Media.Add);
        return scene.Media("video.mp4");
    }

    private static string Video(string job, string link) => $$"""{"type":"video.generated","data":{"id":"{{job}}","output_file_uri":"{{link}}"} }""";

    private static string Token()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return GeminiStandIn.Sign(
            $$"""{"iss":"https://accounts.google.com","aud":"{{SampleSettings.Audience}}","iat":{{now}},"exp":{{now + 300}},"jti":"{{SampleScene.NewId()}}"}""");
    }

    /// <summary>Sends a body with a genuine signature, as another customer of the provider could get it, and asserts that it is answered 200.</summary>
    private static async Task SendAsync(RunningApp app, string route, string webhookId, string body, string? token = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = WebhookHttp.Request(
            RunningApp.Address(route),
            bytes,
            route == "gemini/dynamic"
                ? new Dictionary<string, string> { ["webhook-id"] = webhookId, ["webhook-signature"] = token ?? Token() }
                : app.Keys.Sign(route, webhookId, bytes));
        using var response = await app.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<TableEntity> JobAsync(RunningApp app, string provider, string job) => (await app.Results.FindJobAsync(provider, job, Cancel))!;

    private static async Task<IReadOnlyList<string>> UnconfirmedBlobsAsync(RunningApp app, string provider, string job) =>
        [.. (await BlobsAsync(app, $"{provider}/{job}/")).Where(name => name.Contains("/unconfirmed-", StringComparison.Ordinal))];

    private static async Task<IReadOnlyList<string>> BlobsAsync(RunningApp app, string prefix) =>
        await app.Storage.Assets.GetBlobsAsync(Azure.Storage.Blobs.Models.BlobTraits.None, Azure.Storage.Blobs.Models.BlobStates.None, prefix, Cancel)
            .Select(blob => blob.Name).ToListAsync(Cancel);

    private static async Task<long> DeadLettersAsync(RunningApp app) =>
        (await app.Host.GetCountsAsync(QueueNames.WebhookEvents, Cancel)).DeadLetters + (await app.Host.GetCountsAsync(QueueNames.AssetDownloads, Cancel)).DeadLetters;
}
