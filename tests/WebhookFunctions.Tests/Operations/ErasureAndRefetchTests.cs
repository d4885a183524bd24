using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

[Collection(SecondOperatorCollection.Name)]
public sealed class ErasureAndRefetchTests(OperatorStorage storage, SharedBench shared) : IClassFixture<SharedBench>
{
    private static readonly byte[] First = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[2000]];
    private static readonly byte[] Second = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[3000]];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_erased_job_leaves_only_a_hash_and_a_late_duplicate_does_not_restore_it()
    {
        var bench = await shared.GetAsync();
        var link = bench.Source.Serve("/video", First);
        var (stored, failed) = ($"id-{Guid.NewGuid():n}", $"id-{Guid.NewGuid():n}");
        await bench.SendAsync(stored, link);
        await bench.EndedAsync(stored);
        var refusedLink = bench.Source.On("/refused", exchange => exchange.AnswerAsync("400 Bad Request"));
        // A second event of the job, which is dead-lettered.
        await bench.SendAsync(
            failed,
            JsonSerializer.SerializeToUtf8Bytes(new { type = "batch.succeeded", data = new { id = bench.Job, output_file_uri = refusedLink } }),
            genuine: true);
        var row = await bench.EventAsync(failed, found => found.State == EventState.CompletedWithFailures);
        await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1);

        var erased = await bench.EraseAsync("gemini", bench.Job);

        Assert.Equal((2, 1, 1), erased);
        foreach (var id in (string[])[stored, failed])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync($"events/gemini?id={id}")).Status);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync($"jobs/gemini?id={bench.Job}")).Status);
        Assert.Empty(await bench.DeadLettersAsync(QueueNames.AssetDownloads, 0));
        Assert.False(await bench.Storage.RawEvents.GetBlobClient(row.RawBlob).ExistsAsync(Cancel));

        // The queue has not seen this id, so only the tombstone can prevent the recording.
        var late = $"id-{Guid.NewGuid():n}";
        Assert.Equal(HttpStatusCode.OK, await bench.SendAsync(late, link));
        await bench.EmptyAsync(QueueNames.WebhookEvents);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync($"events/gemini?id={late}")).Status);
        await ErasureTests.EraseForTheLastTimeAsync(bench);
        Assert.Equal([], await RowsOfAsync(bench.Storage.Jobs, bench.Job));
        Assert.Equal([], await RowsOfAsync(bench.Storage.Events, bench.Job));
        Assert.Equal(0, await BlobsOfAsync(bench, $"gemini/{bench.Job}/"));
    }

    [Fact]
    public async Task A_job_that_is_erased_during_a_download_leaves_nothing()
    {
        var bench = await shared.GetAsync();
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.On("/slow", async exchange =>
        {
            started.TrySetResult();
            await release.Task;
            await exchange.ServeAsync(First, "video/mp4", "\"v1\"");
        }));
        await started.Task.WaitAsync(Eventually.MaxWait, Cancel);

        var (status, _) = await bench.AskAsync(HttpMethod.Delete, $"jobs/gemini?id={bench.Job}");
        release.SetResult();
        await bench.EmptyAsync(QueueNames.AssetDownloads);
        await ErasureTests.EraseForTheLastTimeAsync(bench);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync($"events/gemini?id={id}")).Status);
        Assert.Equal(0, (await bench.App.GetCountsAsync(QueueNames.AssetDownloads, Cancel)).DeadLetters);
        Assert.Equal([], await RowsOfAsync(bench.Storage.Jobs, bench.Job));
        Assert.Equal([], await RowsOfAsync(bench.Storage.Events, id));
        Assert.Equal([], await RowsOfAsync(bench.Storage.Index, bench.Job));
        Assert.Equal(0, await BlobsOfAsync(bench, $"gemini/{bench.Job}/"));
    }

    [Fact]
    public async Task A_download_that_continues_after_the_last_erasure_leaves_nothing()
    {
        var bench = await shared.GetAsync();
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.On("/slow", async exchange =>
        {
            started.TrySetResult();
            await release.Task;
            await exchange.ServeAsync(First, "video/mp4", "\"v1\"");
        }));
        await started.Task.WaitAsync(Eventually.MaxWait, Cancel);

        await bench.AskAsync(HttpMethod.Delete, $"jobs/gemini?id={bench.Job}");
        await ErasureTests.EraseForTheLastTimeAsync(bench);
        release.SetResult();
        await bench.EmptyAsync(QueueNames.AssetDownloads);

        Assert.Equal(0, await BlobsOfAsync(bench, $"gemini/{bench.Job}/"));
        Assert.Equal(0, (await bench.App.GetCountsAsync(QueueNames.AssetDownloads, Cancel)).DeadLetters);
        Assert.Equal([], await RowsOfAsync(bench.Storage.Jobs, bench.Job));
        Assert.Equal([], await RowsOfAsync(bench.Storage.Events, id));
    }

    [Theory]
    [InlineData("", "batches/")]
    [InlineData("batches/", "")]
    [InlineData("models/veo-3.1/operations/", "operations/")]
    [InlineData("operations/", "models/veo-3.1/operations/")]
    [InlineData("operations/", "")]
    public async Task A_job_is_erased_by_any_spelling_of_its_id(string sent, string named)
    {
        var bench = await shared.GetAsync();
        var (id, late) = ($"id-{Guid.NewGuid():n}", $"id-{Guid.NewGuid():n}");
        await bench.SendAsync(id, bench.Source.Serve("/video", First), sent + bench.Job);
        await bench.EndedAsync(id);
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync($"jobs/gemini?id={named}{bench.Job}")).Status);

        var (events, blobs, _) = await bench.EraseAsync("gemini", named + bench.Job);
        await bench.SendAsync(late, bench.Source.Serve("/video", First), named + bench.Job);
        await bench.EmptyAsync(QueueNames.WebhookEvents);
        await ErasureTests.EraseForTheLastTimeAsync(bench);

        Assert.Equal((1, 1), (events, blobs));
        Assert.Equal([], await RowsOfAsync(bench.Storage.Events, bench.Job));
        Assert.Equal([], await RowsOfAsync(bench.Storage.Jobs, bench.Job));
        Assert.Equal(0, await BlobsOfAsync(bench, $"gemini/{bench.Job}/"));
    }

    [Fact]
    public async Task A_dead_letter_with_a_claim_check_and_its_body_are_erased_with_the_job()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        var message = bench.MessageOf(id);
        var blob = RawEventStore.NameOf(message.Key);
        var services = bench.App.Services;
        // The event was never interpreted, so it is not in the job's list.
        await services.GetRequiredService<QueueSenders>().Events.SendMessageAsync(message.WithClaimCheck(blob, message.Receipt).ToMessage(), Cancel);
        await bench.EventAsync(id, row => row.State == EventState.Failed);
        await bench.DeadLettersAsync(QueueNames.WebhookEvents, 1);
        await services.GetRequiredService<RawEventStore>().WriteAsync(message.Key, message.Body, message.Receipt, Cancel);

        Assert.Equal(1, (await bench.EraseAsync("gemini", bench.Job)).DeadLetters);

        Assert.False(await bench.Storage.RawEvents.GetBlobClient(blob).ExistsAsync(Cancel));
        Assert.Equal([], await RowsOfAsync(bench.Storage.Events, id));
        Assert.Equal([], await RowsOfAsync(bench.Storage.Index, id));
        Assert.True(await services.GetRequiredService<SpentWebhookIds>().HasAsync(message.Key, Cancel));
    }

    [Fact]
    public async Task A_refetch_keeps_the_existing_blob_until_the_new_one_is_complete()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Serve("/video", First));
        await bench.EndedAsync(id);

        bench.Source.On("/video", exchange => exchange.AnswerAsync("400 Bad Request"));
        Assert.Equal(HttpStatusCode.Accepted, (await bench.AskAsync(HttpMethod.Post, $"events/gemini/refetch?id={id}")).Status);
        await bench.EventAsync(id, row => row.State == EventState.CompletedWithFailures);
        Assert.Equal(Hash(First), await HashAsync(bench));

        bench.Source.Serve("/video", Second, etag: "\"v2\"");
        var (status, json) = await bench.AskAsync(HttpMethod.Post, $"events/gemini/refetch?id={id}");
        var row = await bench.EventAsync(id, row => row.State == EventState.Completed);

        Assert.Equal((HttpStatusCode.Accepted, 1, "kept"), (status, Number(json, "refetching"), json.GetProperty("links").GetString()));
        Assert.Equal((1, 0, 2), (row.AssetsStored, row.AssetsFailed, row.Reopenings));
        Assert.Equal(Hash(Second), await HashAsync(bench));
    }

    [Fact]
    public async Task An_event_that_does_not_exist_or_has_not_ended_is_not_refetched()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        var release = new TaskCompletionSource();
        await bench.SendAsync(id, bench.Source.On("/slow", async exchange =>
        {
            await release.Task;
            await exchange.AnswerAsync("400 Bad Request");
        }));
        await bench.EventAsync(id, row => row.State == EventState.Downloading);

        Assert.Equal(HttpStatusCode.Conflict, (await bench.AskAsync(HttpMethod.Post, $"events/gemini/refetch?id={id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.AskAsync(HttpMethod.Post, "events/gemini/refetch?id=none")).Status);

        release.SetResult();
        await bench.EndedAsync(id);
    }

    [Fact]
    public async Task A_job_whose_webhook_was_lost_is_recovered_and_a_late_webhook_adds_no_blobs()
    {
        await using var api = new Downloading.HostileServer();
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, settings: Sync(secret, api));
        var job = $"job-{Guid.NewGuid():n}";
        var generation = Generation(job, bench.Source.Serve("/output", First));
        api.Serve($"/v2/generate/{job}", generation, "application/json");
        api.DefaultScript = static exchange => exchange.AnswerAsync("404 Not Found");

        var (status, json) = await bench.AskUntilAvailableAsync(HttpMethod.Post, "webhooks/sync/recover", new { jobIds = new[] { job, "no-such-job" } });

        Assert.Equal(HttpStatusCode.OK, status);
        var jobs = json.GetProperty("jobs").EnumerateArray().ToList();
        Assert.Equal((job, "Succeeded"), (jobs[0].GetProperty("jobId").GetString(), jobs[0].GetProperty("status").GetString()));
        Assert.Equal("sync.recovered", jobs[0].GetProperty("space").GetString());
        Assert.Contains("404", jobs[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        var row = await bench.EventAsync(jobs[0].GetProperty("webhookId").GetString()!, found => found.State == EventState.Completed, "sync.recovered");
        Assert.Equal((RecoveredEvent.EventType, job), (row.Entity.GetString("EventType"), row.JobId));

        Assert.Equal(HttpStatusCode.OK, await SendSyncAsync(bench, secret, generation));
        await bench.EventAsync($"{job}:COMPLETED", found => found.State == EventState.Completed, "sync");
        Assert.Equal(1, await BlobsOfAsync(bench, $"sync/{job}/"));
        Assert.Single(bench.Source.Requests);
    }

    [Fact]
    public async Task An_expired_link_is_replaced_by_the_current_one_from_the_providers_API()
    {
        await using var api = new Downloading.HostileServer();
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, settings: Sync(secret, api));
        var job = $"job-{Guid.NewGuid():n}";
        Assert.Equal(HttpStatusCode.OK, await SendSyncAsync(bench, secret, Generation(job, bench.Source.On("/died", exchange => exchange.AnswerAsync("400 Bad Request")))));
        var id = $"{job}:COMPLETED";
        await bench.EventAsync(id, row => row.State == EventState.CompletedWithFailures, "sync");

        api.Serve($"/v2/generate/{job}", Generation(job, bench.Source.Serve("/renewed", Second)), "application/json");
        await RefetchAsync(bench, $"events/sync/refetch?id={id}", assets: 1, "new");

        await bench.EventAsync(id, row => row.State == EventState.Completed, "sync");
        Assert.Equal(
            Hash(Second), Hash((await bench.Storage.Assets.GetBlobClient($"sync/{job}/output.mp4").DownloadContentAsync(Cancel)).Value.Content.ToArray()));
    }

    [Fact]
    public async Task A_result_that_grew_in_the_middle_is_refetched_and_each_asset_keeps_its_own_bytes()
    {
        await using var api = new Downloading.HostileServer();
        using var key = RSA.Create(2048);
        var settings = new Dictionary<string, string>
        {
            ["GEMINIGEN_PUBLIC_KEY"] = key.ExportSubjectPublicKeyInfoPem(),
            ["GEMINIGEN_API_KEY"] = "key",
            ["GEMINIGEN_API_BASE_URL"] = api.Url(""),
        };
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, settings: settings);
        var (id, job) = ($"id-{Guid.NewGuid():n}", bench.Job);
        var contents = new Dictionary<string, byte[]> { ["media"] = First, ["media-2"] = Second, ["thumbnail"] = [.. First, .. Second] };
        void Name(params string[] media) => api.Serve(
            $"/uapi/v1/history/{job}",
            JsonSerializer.SerializeToUtf8Bytes(new
            {
                status = 2,
                thumbnail_url = bench.Source.Serve("/thumbnail", contents["thumbnail"]),
                generated_image = media.Select(name => new { image_url = bench.Source.Serve($"/{name}", contents[name]) }),
            }),
            "application/json");
        Name("media");
        await bench.App.Services.GetRequiredService<QueueSenders>().Events.SendMessageAsync(
            new EventMessage
            {
                Key = EventKey.Create("geminigen", id),
                Coverage = SignatureCoverage.EventIdOnly,
                ReceivedAt = TimeProvider.System.GetUtcNow(),
                Body = BinaryData.FromObjectAsJson(new { @event = "IMAGE_GENERATION_COMPLETED", uuid = id, data = new { uuid = job } }),
            }.ToMessage(),
            Cancel);
        await bench.EventAsync(id, row => row is { State: EventState.Completed, AssetsTotal: 2 }, "geminigen");

        Name("media", "media-2");
        // The first instance would still use the API's earlier answer.
        await using var other = await OperatorBench.StartAsync(storage.ConnectionString, settings: settings);
        await RefetchAsync(other, $"events/geminigen/refetch?id={id}", assets: 3, "new");

        var row = await bench.EventAsync(id, row => row is { State: EventState.Completed, AssetsTotal: 3 }, "geminigen");
        Assert.Equal((3, 0), (row.AssetsStored, row.AssetsFailed));
        var assets = await bench.Events.AssetsAsync(row.PartitionKey, Cancel).ToListAsync(Cancel);
        Assert.Equal(["media", "thumbnail", "media-2"], assets.Select(asset => asset.Name));
        foreach (var asset in assets)
        {
            Assert.Equal($"geminigen/{job}/{asset.Name}.mp4", asset.Blob);
            Assert.Equal(
                Hash(contents[asset.Name]), Hash((await bench.Storage.Assets.GetBlobClient(asset.Blob).DownloadContentAsync(Cancel)).Value.Content.ToArray()));
        }
    }

    [Fact]
    public async Task An_erased_job_is_not_recovered_and_its_provider_is_not_asked()
    {
        await using var api = new Downloading.HostileServer();
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, settings: Sync(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), api));
        await bench.HealthyAsync();
        await bench.EraseAsync("sync", bench.Job);

        var (status, json) = await bench.AskAsync(HttpMethod.Post, "webhooks/sync/recover", new { jobIds = new[] { bench.Job } });

        Assert.Equal(HttpStatusCode.OK, status);
        var job = Assert.Single(json.GetProperty("jobs").EnumerateArray());
        Assert.Equal((null, "The job was erased."), (job.GetProperty("webhookId").GetString(), job.GetProperty("error").GetString()));
        Assert.Empty(api.Requests);
    }

    [Fact]
    public async Task An_event_whose_body_no_longer_exists_is_refused_with_that_cause()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Serve("/video", First));
        var row = await bench.EndedAsync(id);
        await bench.Storage.RawEvents.GetBlobClient(row.RawBlob).DeleteAsync(cancellationToken: Cancel);

        var (status, json) = await bench.AskAsync(HttpMethod.Post, $"events/gemini/refetch?id={id}");

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal(
            $"The event cannot be fetched again: its body is not available: blob {row.RawBlob} is missing, or holds another body.", json.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task An_event_whose_provider_is_off_is_refused_with_that_cause()
    {
        var id = $"id-{Guid.NewGuid():n}";
        var on = await shared.GetAsync();
        await on.SendAsync(id, on.Source.Serve("/video", First));
        await on.EndedAsync(id);

        await using var off = await OperatorBench.StartAsync(storage.ConnectionString, settings: new Dictionary<string, string> { ["GEMINI_WEBHOOK_SECRET"] = "" });
        var (status, json) = await off.AskAsync(HttpMethod.Post, $"events/gemini/refetch?id={id}");

        Assert.Equal(
            (HttpStatusCode.Conflict, "The event cannot be fetched again: provider gemini is off; health/details names the settings."),
            (status, json.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task An_API_that_hangs_is_named_and_nothing_is_changed()
    {
        await using var api = new Downloading.HostileServer();
        api.DefaultScript = exchange => Task.Delay(Timeout.Infinite, exchange.Stopping);
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, settings: Sync(secret, api));
        var job = $"job-{Guid.NewGuid():n}";
        await SendSyncAsync(bench, secret, Generation(job, bench.Source.Url("/died")));
        await bench.EventAsync($"{job}:COMPLETED", row => row.State == EventState.CompletedWithFailures, "sync");

        var (refetch, why) = await bench.AskAsync(HttpMethod.Post, $"events/sync/refetch?id={job}:COMPLETED");
        var (recover, whyNot) = await bench.AskAsync(HttpMethod.Post, "webhooks/sync/recover", new { jobIds = new[] { job, "other" } });

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "The API of sync did not answer within 3 seconds. Nothing was changed. Try again later."),
            (refetch, why.GetProperty("detail").GetString()));
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "No job of sync was recovered. The provider's API had not answered within 3 seconds. Try again later."),
            (recover, whyNot.GetProperty("detail").GetString()));

        // With an answer about one of them, it is a result, and the other is asked for again.
        api.On("/v2/generate/other", exchange => exchange.AnswerAsync("404 Not Found"));
        var (partly, jobs) = await bench.AskAsync(HttpMethod.Post, "webhooks/sync/recover", new { jobIds = new[] { job, "other" } });
        Assert.Equal((HttpStatusCode.OK, true), (partly, jobs.GetProperty("more").GetBoolean()));
        Assert.Contains("had not answered within 3 seconds", jobs.GetProperty("jobs")[0].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_whose_API_lacks_a_key_names_its_own_setting()
    {
        await using var bench = await OperatorBench.StartAsync(
            storage.ConnectionString, settings: new Dictionary<string, string> { ["REPLICATE_WEBHOOK_SECRET"] = $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(24))}" });

        var (replicate, cannot) = await bench.AskAsync(HttpMethod.Post, "webhooks/replicate/recover", JsonElement.Parse("""{"jobIds":["a"]}"""));
        var (gemini, could) = await bench.AskAsync(HttpMethod.Post, "webhooks/gemini/recover", JsonElement.Parse("""{"jobIds":["a"]}"""));

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Conflict), (replicate, gemini));
        Assert.Equal(
            "The API of replicate can be asked for jobs only with a key: set REPLICATE_API_TOKEN.",
            cannot.GetProperty("detail").GetString());
        Assert.Equal("The API of gemini can be asked for jobs only with a key: set GEMINI_API_KEY.", could.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("gemini", """{"jobIds":["a"]}""", HttpStatusCode.Conflict)]
    [InlineData("sync", """{"jobIds":["a"]}""", HttpStatusCode.NotFound)]
    [InlineData("gemini", """{"jobIds":[]}""", HttpStatusCode.BadRequest)]
    [InlineData("gemini", """{"jobIds":[null]}""", HttpStatusCode.BadRequest)]
    [InlineData("gemini", """{"jobIds":"a"}""", HttpStatusCode.BadRequest)]
    [InlineData("gemini", """{}""", HttpStatusCode.BadRequest)]
    public async Task An_impossible_recovery_is_answered_with_the_reason(string provider, string body, HttpStatusCode expected)
    {
        var bench = await shared.GetAsync();

        var (status, json) = await bench.AskAsync(HttpMethod.Post, $"webhooks/{provider}/recover", JsonElement.Parse(body));

        Assert.Equal((expected, true), (status, json.TryGetProperty("detail", out _)));
    }

    private static Dictionary<string, string> Sync(string secret, Downloading.HostileServer api) => new()
    {
        ["SYNC_WEBHOOK_SECRET"] = secret,
        ["SYNC_API_KEY"] = "key",
        ["SYNC_API_BASE_URL"] = api.Url(""),
    };

    private static byte[] Generation(string job, string link) =>
        JsonSerializer.SerializeToUtf8Bytes(new { id = job, status = "COMPLETED", outputUrl = link, error = "", error_code = "" });

    /// <summary>
    /// Refetches an event of a new process. On a busy machine the first answer may be 503 although the refetch has begun. A repetition is then answered
    /// 409.
    /// </summary>
    private static async Task RefetchAsync(OperatorBench bench, string path, int assets, string links)
    {
        var (status, json) = await bench.AskUntilAvailableAsync(HttpMethod.Post, path);
        if (status == HttpStatusCode.Conflict)
        {
            Assert.StartsWith("The event is still in progress", json.GetProperty("detail").GetString(), StringComparison.Ordinal);
            return;
        }

        Assert.Equal((HttpStatusCode.Accepted, assets, links), (status, Number(json, "refetching"), json.GetProperty("links").GetString()));
    }

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static async Task<string> HashAsync(OperatorBench bench) =>
        Hash((await bench.Storage.Assets.GetBlobClient($"gemini/{bench.Job}/video.mp4").DownloadContentAsync(Cancel)).Value.Content.ToArray());

    /// <summary>Returns the number of blobs, including uncommitted ones.</summary>
    private static async Task<int> BlobsOfAsync(OperatorBench bench, string prefix) =>
        await bench.Storage.Assets.GetBlobsAsync(BlobTraits.None, BlobStates.Uncommitted, prefix, Cancel).CountAsync(Cancel);

    private static async Task<List<string>> RowsOfAsync(TableClient table, string job) => await table
        .QueryAsync<TableEntity>(cancellationToken: Cancel)
        .Where(row => row.PartitionKey.Contains(job, StringComparison.Ordinal) || row.Any(column => column.Value is string text && text == job))
        .Select(row => row.RowKey)
        .ToListAsync(Cancel);

    private static async Task<HttpStatusCode> SendSyncAsync(OperatorBench bench, string secret, byte[] body)
    {
        var time = $"{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}";
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{time}."), .. body];
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
        return await bench.PostAsync(
            "webhooks/sync", body, new Dictionary<string, string> { ["Sync-Signature"] = $"t={time},v1={Convert.ToHexStringLower(signature)}" });
    }

    [Theory]
    [InlineData("batch.succeeded", "batches", "results")]
    [InlineData("interaction.completed", "interactions", "interaction")]
    public async Task A_result_that_arrived_without_a_key_is_listed_and_can_be_fetched_with_a_key(string type, string collection, string name)
    {
        await using var api = new Downloading.HostileServer();
        var (id, job) = ($"id-{Guid.NewGuid():n}", $"job-{Guid.NewGuid():n}");
        var without = await shared.GetAsync();
        await without.SendAsync(id, JsonSerializer.SerializeToUtf8Bytes(new { type, data = new { id = job } }), genuine: true);
        Assert.Equal(EventState.Recorded, (await without.EndedAsync(id)).State);
        Assert.Contains(id, await WaitingAsync(without));

        api.Serve($"/v1beta/{collection}/{job}", """{"response":{"responsesFile":"files/out"}}"""u8.ToArray(), "application/json");
        api.Serve("/download/v1beta/files/out:download", "{\"a\":1}"u8.ToArray(), "application/json");
        var settings = new Dictionary<string, string> { ["GEMINI_API_KEY"] = "key", ["GEMINI_API_BASE_URL"] = api.Url("") };
        await using var with = await OperatorBench.StartAsync(storage.ConnectionString, settings: settings);

        await RefetchAsync(with, $"events/gemini/refetch?id={id}", assets: 1, "kept");

        var row = await with.EventAsync(id, found => found.State == EventState.Completed);
        Assert.Equal((row.AssetsStored, 0), (row.AssetsTotal, row.AssetsFailed));
        Assert.DoesNotContain(id, await WaitingAsync(with));
        Assert.True((await with.Storage.Assets.GetBlobClient($"gemini/{job}/{name}.json").ExistsAsync(Cancel)).Value);
    }

    private static async Task<List<string?>> WaitingAsync(OperatorBench bench)
    {
        var (status, json) = await bench.AskAsync(HttpMethod.Get, "events?state=waiting&top=500");
        Assert.Equal(HttpStatusCode.OK, status);
        return [.. json.GetProperty("events").EnumerateArray().Select(found => found.GetProperty("webhookId").GetString())];
    }
}
