using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using LocalHost.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.DeadLetters;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

[Collection(OperatorCollection.Name)]
public sealed class DeadLetterReplayTests(SharedBench shared) : IClassFixture<SharedBench>
{
    private const string Assets = $"dead-letters/{QueueNames.AssetDownloads}";

    private static readonly byte[] Video = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[2000]];

    [Fact]
    public async Task A_dead_lettered_asset_is_listed_with_its_reason_and_stored_after_its_replay()
    {
        var bench = await shared.GetAsync();
        var id = await FailAsync(bench);
        var dead = Assert.Single(await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1));
        Assert.Equal(
            ("gemini", id, "video", "127.0.0.1", (await bench.EventAsync(id, _ => true)).JobId),
            (Text(dead, "provider"), Text(dead, "webhookId"), Text(dead, "asset"), Text(dead, "host"), Text(dead, "jobId")));
        Assert.False(string.IsNullOrEmpty(Text(dead, "reason")));
        Assert.Equal(AssetState.Failed, (await AssetAsync(bench, id)).State);

        bench.Source.Serve($"/{id}", Video);
        var (status, json) = await ReplayAsync(bench, new { sequenceNumbers = new[] { dead.GetProperty("sequenceNumber").GetInt64() } });

        Assert.Equal((HttpStatusCode.OK, 1, false), (status, json.GetProperty("replayed").GetInt32(), json.GetProperty("more").GetBoolean()));
        Assert.Equal((1, 0), Counts(await bench.EventAsync(id, row => row.State == EventState.Completed)));
        Assert.Empty(await bench.DeadLettersAsync(QueueNames.AssetDownloads, 0));
    }

    [Fact]
    public async Task Listing_removes_nothing_and_a_page_continues_after_the_previous_one()
    {
        var bench = await shared.GetAsync();
        await FailAsync(bench);
        await FailAsync(bench);
        var all = await bench.DeadLettersAsync(QueueNames.AssetDownloads, 2);

        var (_, rest) = await bench.GetAsync($"{Assets}?cursor={all[0].GetProperty("sequenceNumber").GetInt64()}");

        Assert.Equal(Number(all[1]), Number(Assert.Single(rest.GetProperty("messages").EnumerateArray())));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("cursor").ValueKind);
        Assert.Equal(2, (await bench.DeadLettersAsync(QueueNames.AssetDownloads, 2)).Count);
    }

    [Fact]
    public async Task A_full_page_says_where_the_next_one_begins_and_foreign_messages_stay()
    {
        var bench = await shared.GetAsync();
        const int Count = DeadLetterQueues.PageSize + 3;
        var sender = bench.App.Services.GetRequiredService<QueueSenders>().Assets;
        // Messages of another sender, which have no message id.
        await QueueSenders.SendAllAsync(sender, Enumerable.Range(0, Count).Select(i => new ServiceBusMessage($"foreign {i}")), Cancel);
        await Eventually.TrueAsync(
            async () => (await bench.App.GetCountsAsync(QueueNames.AssetDownloads, Cancel)).DeadLetters == Count, "The dead letters");

        var (_, first) = await bench.GetAsync(Assets);
        var (_, second) = await bench.GetAsync($"{Assets}?cursor={Text(first, "cursor")}");
        var (_, replay) = await ReplayAsync(bench, new { all = true });

        Assert.Equal((DeadLetterQueues.PageSize, 3), (first.GetProperty("messages").GetArrayLength(), second.GetProperty("messages").GetArrayLength()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("cursor").ValueKind);
        JsonElement[] all = [.. first.GetProperty("messages").EnumerateArray(), .. second.GetProperty("messages").EnumerateArray()];
        Assert.Equal(Count, all.Select(Number).Distinct().Count());
        Assert.All(all, dead => Assert.Equal("MalformedMessage", Text(dead, "reason")));
        Assert.Equal((0, Count), (replay.GetProperty("replayed").GetInt32(), replay.GetProperty("unreadable").GetInt32()));
        Assert.Equal(Count, (await bench.App.GetCountsAsync(QueueNames.AssetDownloads, Cancel)).DeadLetters);
    }

    [Fact]
    public async Task Only_the_named_dead_letters_are_replayed_and_the_others_can_be_received_at_once()
    {
        var bench = await shared.GetAsync();
        var first = await FailAsync(bench);
        var second = await FailAsync(bench);
        var all = await bench.DeadLettersAsync(QueueNames.AssetDownloads, 2);
        bench.Source.Serve($"/{first}", Video);
        bench.Source.Serve($"/{second}", Video);

        var named = all.Single(dead => Text(dead, "webhookId") == second);
        var (_, one) = await ReplayAsync(bench, new { sequenceNumbers = new[] { Number(named) } });
        await bench.EventAsync(second, row => row.State == EventState.Completed);
        Assert.Equal(EventState.CompletedWithFailures, (await bench.EventAsync(first, _ => true)).State);
        var others = await bench.ReplayAllAsync(QueueNames.AssetDownloads);
        await bench.EventAsync(first, row => row.State == EventState.Completed);

        Assert.Equal((1, 1), (one.GetProperty("replayed").GetInt32(), others));
    }

    [Fact]
    public async Task Unknown_sequence_numbers_are_named()
    {
        var bench = await shared.GetAsync();
        var id = await FailAsync(bench);
        var number = Number(Assert.Single(await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1)));
        bench.Source.Serve($"/{id}", Video);

        var (_, json) = await ReplayAsync(bench, new { sequenceNumbers = new[] { 999_999, number, 888_888 } });

        Assert.Equal((1, false), (json.GetProperty("replayed").GetInt32(), json.GetProperty("more").GetBoolean()));
        Assert.Equal([888_888, 999_999], json.GetProperty("notFound").EnumerateArray().Select(left => left.GetInt64()));
        await bench.EventAsync(id, row => row.State == EventState.Completed);
    }

    [Fact]
    public async Task A_dead_lettered_event_is_listed_with_the_job_in_its_body()
    {
        var bench = await shared.GetAsync();
        var sent = new EventMessage
        {
            Key = EventKey.Create("gemini", "id"),
            Coverage = SignatureCoverage.RawBody,
            ReceivedAt = TimeProvider.System.GetUtcNow(),
            Body = BinaryData.FromObjectAsJson(new { type = "video.generated", data = new { id = "batches/a" } }),
        }.ToMessage();
        var dead = ServiceBusModelFactory.ServiceBusReceivedMessage(sent.Body, sent.MessageId, properties: sent.ApplicationProperties);

        Assert.Equal(
            new MessageSubject("gemini", "id", "a", null, null),
            await bench.App.Services.GetRequiredService<MessageSubjects>().FindAsync(QueueNames.WebhookEvents, dead, Cancel));
    }

    [Fact]
    public async Task A_replay_whose_message_fails_again_ends_and_leaves_the_new_dead_letter()
    {
        var bench = await shared.GetAsync();
        await FailAsync(bench);
        var before = Number(Assert.Single(await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1)));

        var (_, json) = await ReplayAsync(bench, new { all = true });

        Assert.Equal(1, json.GetProperty("replayed").GetInt32());
        Assert.NotEqual(before, Number(Assert.Single(await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replay_that_is_interrupted_and_repeated_has_one_effect(bool afterTheSend)
    {
        var bench = await shared.GetAsync();
        var id = await FailAsync(bench);
        await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1);
        bench.Source.Serve($"/{id}", Video);
        var requestsBefore = bench.Source.Requests.Count;

        bench.App.Broker.Before = operation => IsWhereItDies(operation)
            ? Task.FromException(new BrokerException(BrokerErrorReason.ServiceCommunicationProblem, "Simulated crash."))
            : Task.CompletedTask;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ReplayAsync(bench, new { all = true })).Status);
        bench.App.Broker.Before = null;
        if (afterTheSend)
        {
            await bench.EventAsync(id, row => row.State == EventState.Completed);
        }
        else
        {
            // The app writes the row first.
            await bench.EventAsync(id, row => row.State == EventState.Downloading);
            Assert.Equal(AssetState.Pending, (await AssetAsync(bench, id)).State);
        }

        await bench.ReplayAllAsync(QueueNames.AssetDownloads);

        Assert.Equal((1, 0), Counts(await bench.EventAsync(id, row => row.State == EventState.Completed)));
        Assert.Empty(await bench.DeadLettersAsync(QueueNames.AssetDownloads, 0));
        Assert.Equal(requestsBefore + 1, bench.Source.Requests.Count);

        bool IsWhereItDies(BrokerOperation operation) => afterTheSend
            ? operation is { Name: nameof(IServiceBusBroker.CompleteAsync) } && operation.Queue.EndsWith(QueuePath.DeadLetterSuffix, StringComparison.OrdinalIgnoreCase)
            : operation is { Name: nameof(IServiceBusBroker.SendAsync), Queue: QueueNames.AssetDownloads };
    }

    [Fact]
    public async Task A_dead_lettered_event_can_be_replayed_within_the_duplicate_detection_window()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        var key = EventKey.Create("gemini", id);
        var sender = bench.App.Services.GetService(typeof(QueueSenders)) as QueueSenders;

        // The blob of its body does not exist yet.
        var blob = RawEventStore.NameOf(key);
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new { type = "video.generated", data = new { id = bench.Job, output_file_uri = bench.Source.Serve("/video", Video) } });
        await sender!.Events.SendMessageAsync(
            new EventMessage
            {
                Key = key,
                Coverage = SignatureCoverage.RawBody,
                ReceivedAt = TimeProvider.System.GetUtcNow(),
                Body = BinaryData.Empty,
                BodySha256 = Convert.ToHexStringLower(SHA256.HashData(body)),
                ClaimCheck = blob,
            }.ToMessage(),
            Cancel);
        var failed = await bench.EventAsync(id, row => row.State == EventState.Failed);
        await bench.DeadLettersAsync(QueueNames.WebhookEvents, 1);
        await bench.Storage.RawEvents.UploadBlobAsync(blob, BinaryData.FromBytes(body), Cancel);

        Assert.Equal(1, await bench.ReplayAllAsync(QueueNames.WebhookEvents));

        var row = await bench.EventAsync(id, row => row.State == EventState.Completed);
        Assert.Equal((1, "BodyMissing"), (row.Reopenings, failed.Entity.GetString("ErrorCode")));
        Assert.Empty(await bench.DeadLettersAsync(QueueNames.WebhookEvents, 0));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"sequenceNumbers":[]}""")]
    [InlineData("""{"sequenceNumbers":[1],"all":true}""")]
    [InlineData("""{"sequenceNumbers":["one"]}""")]
    [InlineData("""{"all":"yes"}""")]
    [InlineData("""[1]""")]
    [InlineData("""null""")]
    public async Task A_replay_request_that_names_nothing_is_refused(string body)
    {
        var bench = await shared.GetAsync();

        var (status, json) = await ReplayAsync(bench, JsonElement.Parse(body));

        Assert.Equal((HttpStatusCode.BadRequest, true), (status, json.TryGetProperty("detail", out _)));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static long Number(JsonElement dead) => dead.GetProperty("sequenceNumber").GetInt64();

    private static (int Stored, int Failed) Counts(EventRow row) => (row.AssetsStored, row.AssetsFailed);

    private static Task<(HttpStatusCode Status, JsonElement Json)> ReplayAsync(OperatorBench bench, object body) =>
        bench.AskAsync(HttpMethod.Post, $"{Assets}/replay", body);

    private static async Task<AssetRow> AssetAsync(OperatorBench bench, string id) =>
        (await bench.Events.FindAssetAsync(EventKey.Create("gemini", id).PartitionKey, AssetRow.KeyOf(0), Cancel))!;

    /// <summary>Sends an event whose link does not exist, and waits until its asset has failed.</summary>
    private static async Task<string> FailAsync(OperatorBench bench)
    {
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Url($"/{id}"), $"job-{Guid.NewGuid():n}");
        await bench.EventAsync(id, row => row.State == EventState.CompletedWithFailures);
        return id;
    }
}
