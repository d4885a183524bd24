using System.Net;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using LocalHost.Samples;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Erasure;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests that an erased job leaves only tombstones, whatever its state was.</summary>
[Collection(OperatorCollection.Name)]
public sealed class ErasureTests(OperatorStorage storage, SharedBench shared) : IClassFixture<SharedBench>
{
    private static readonly byte[] Video = [.. "\0\0\0\u0018ftypisom"u8, .. new byte[2000]];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1_000)]
    // A body above 192 KiB is stored in a blob, and its message has a claim check.
    [InlineData(400_000)]
    public async Task A_job_that_is_erased_in_any_of_its_states_leaves_nothing_but_tombstones(int bytes)
    {
        await using var api = new HostileServer();
        var geminiGen = new GeminiGenSamples().NewKeys();
        await using var bench = await OperatorBench.StartAsync(storage.ConnectionString, settings: new Dictionary<string, string>(geminiGen.Settings)
        {
            ["GEMINIGEN_API_KEY"] = "any-key",
            ["GEMINIGEN_API_BASE_URL"] = api.Url(""),
        });
        var release = new TaskCompletionSource();
        var job = Enumerable.Range(0, 7).Select(_ => Guid.NewGuid().ToString("D")).ToList();
        var ids = new List<string>();
        api.On($"/uapi/v1/history/{job[0]}", exchange => exchange.AnswerAsync("503 Busy"));
        api.Serve($"/uapi/v1/history/{job[1]}", Encoding.UTF8.GetBytes($$"""{"uuid":"{{job[1]}}","status":1}"""), "application/json");
        var downloading = bench.Source.On("/slow", async exchange =>
        {
            await release.Task;
            await exchange.ServeAsync(Video, "video/mp4", "\"v1\"");
        });

        // One event that is not interpreted and waits for its next attempt, and one that waits to be confirmed.
        await ReachAsync(await SendGeminiGenAsync(job[0]), row => row.NextAttemptAt is not null, "geminigen");
        await ReachAsync(await SendGeminiGenAsync(job[1]), row => row.NextAttemptAt is not null, "geminigen");
        await ReachAsync(await SendAsync(job[2], "video.generated", downloading), row => row.State == EventState.Downloading);
        var retrying = await SendAsync(job[3], "video.generated", bench.Source.On("/busy", exchange => exchange.AnswerAsync("503 Busy")));
        await Eventually.TrueAsync(
            async () => (await bench.Events.FindAssetAsync(EventKey.Create("gemini", retrying).PartitionKey, AssetRow.KeyOf(0), Cancel))?.State == AssetState.Retrying,
            "The retry");
        await ReachAsync(await SendAsync(job[4], "video.generated", bench.Source.Url("/missing")), row => row.State == EventState.CompletedWithFailures);
        await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1);
        var completed = await SendAsync(job[5], "video.generated", bench.Source.Serve("/video", Video));
        await ReachAsync(completed, row => row.State == EventState.Completed);
        // A duplicate of the webhook, and other webhooks of the job.
        await SendAsync(job[5], "video.generated", bench.Source.Url("/video"), completed);
        await ReachAsync(await SendAsync(job[5], "batch.failed", null), row => row.State == EventState.Recorded);
        await ReachAsync(await SendAsync(job[6], "batch.failed", null), row => row.State == EventState.Recorded);
        Assert.NotEmpty(await FindAsync(bench, [.. job, .. ids]));

        foreach (var (i, one) in job.Index())
        {
            await bench.EraseAsync(i < 2 ? "geminigen" : "gemini", one);
        }

        release.SetResult();
        await EmptyAsync(bench);
        await EraseForTheLastTimeAsync(bench);

        Assert.Empty(await FindAsync(bench, [.. job, .. ids]));
        Assert.Equal(ids.Distinct().Count() + job.Count, await TombstonesAsync(bench, job, ids));

        async Task<string> SendGeminiGenAsync(string one)
        {
            var id = $"id-{Guid.NewGuid():n}";
            ids.Add(id);
            var body = Pad(new { @event = "VIDEO_GENERATION_COMPLETED", uuid = id, data = new { uuid = one, status = 2, media_url = "https://cdn.geminigen.ai/a.mp4" } });
            Assert.Equal(
                HttpStatusCode.OK,
                await bench.PostAsync("webhooks/geminigen", body, geminiGen.Signer.Sign(id, body, TimeProvider.System.GetUtcNow())));
            return id;
        }

        async Task<string> SendAsync(string one, string type, string? link, string? id = null)
        {
            id ??= $"id-{Guid.NewGuid():n}";
            ids.Add(id);
            Assert.Equal(HttpStatusCode.OK, await bench.SendAsync(id, Pad(new { type, data = new { id = one, output_file_uri = link } }), genuine: true));
            return id;
        }

        Task ReachAsync(string id, Func<EventRow, bool> isSo, string space = "gemini") => bench.EventAsync(id, isSo, space);

        // Trailing spaces make the body larger and do not change the JSON value.
        byte[] Pad(object webhook) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(webhook).PadRight(bytes));
    }

    [Fact]
    public async Task Rows_that_a_recorder_writes_after_an_erasure_are_removed_by_the_last_one()
    {
        var bench = await shared.GetAsync();
        var services = bench.App.Services;
        var id = $"id-{Guid.NewGuid():n}";
        var message = bench.MessageOf(id);
        var jobEvent = new JobEvent(message.Key.PartitionKey, message.ReceivedAt, RawEventStore.NameOf(message.Key));

        // The recorder has added the event to the job's list before the erasure, and continues after it.
        await services.GetRequiredService<JobEvents>().AddAsync(bench.Job, message.Key, jobEvent, Cancel);
        await bench.AskAsync(HttpMethod.Delete, $"jobs/gemini?id={bench.Job}");
        await services.GetRequiredService<RawEventStore>().WriteAsync(message.Key, message.Body, message.Receipt, Cancel);
        await bench.Events.InsertAsync(
            EventRow.Create(message.ToReceived(JsonElement.Parse("{}")), new GenerationEvent { EventType = "batch.failed", JobId = bench.Job }, jobEvent.RawBlob, message.ReceivedAt),
            [],
            Cancel);
        Assert.NotEmpty(await FindAsync(bench, [bench.Job, id]));

        await EraseForTheLastTimeAsync(bench);

        Assert.Empty(await FindAsync(bench, [bench.Job, id]));
    }

    [Fact]
    public async Task An_event_that_was_in_progress_and_waits_again_is_removed_by_the_last_erasure_or_by_its_message()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        var message = bench.MessageOf(id);
        await bench.AskAsync(HttpMethod.Delete, $"jobs/gemini?id={bench.Job}");

        // A recorder writes this row and this message after the erasure, because its attempt failed.
        await bench.Events.InsertAsync(
            EventRow.CreateUninterpreted(message.ToReceived(default), null, message.ReceivedAt).WithPendingRetry("It waits.", message.ReceivedAt, message.ReceivedAt),
            [],
            Cancel);
        await bench.App.Services.GetRequiredService<QueueSenders>().Events.SendMessageAsync((message with { Attempt = 1 }).ToMessage(), Cancel);
        await EmptyAsync(bench);
        await EraseForTheLastTimeAsync(bench);

        Assert.Empty(await FindAsync(bench, [bench.Job, id]));
    }

    [Fact]
    public async Task A_job_that_cannot_be_erased_does_not_block_the_others()
    {
        var bench = await shared.GetAsync();
        // The oldest row, which is malformed so that its erasure fails.
        var invalidRow = new TableEntity("erasing", "0") { ["Provider"] = "gemini", ["At"] = DateTimeOffset.UnixEpoch };
        await bench.Storage.Index.UpsertEntityAsync(invalidRow, TableUpdateMode.Replace, Cancel);
        try
        {
            await bench.AskAsync(HttpMethod.Delete, $"jobs/gemini?id={bench.Job}");
            await EraseForTheLastTimeAsync(bench);

            Assert.Empty(await FindAsync(bench, [bench.Job]));
            Assert.True((await bench.Storage.Index.GetEntityIfExistsAsync<TableEntity>("erasing", "0", cancellationToken: Cancel)).HasValue);
        }
        finally
        {
            await bench.Storage.Index.DeleteEntityAsync(invalidRow, ETag.All, CancellationToken.None);
        }
    }

    [Fact]
    public async Task An_erasure_that_is_too_large_for_one_request_reports_it_and_the_timer_continues_it()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Serve("/video", Video));
        await bench.EndedAsync(id);
        // With this clock the time limit of a request has passed whenever it is checked.
        var answer = await ActivatorUtilities.CreateInstance<JobErasure>(bench.App.Services, new RacingClock()).EraseAsync("gemini", bench.Job, Cancel);

        Assert.True(JsonElement.Parse(answer.Body.Span.ToArray()).GetProperty("more").GetBoolean());
        Assert.NotEmpty(await FindAsync(bench, [id]));
        await bench.RunMaintenanceAsync();
        await EraseForTheLastTimeAsync(bench);
        Assert.Empty(await FindAsync(bench, [bench.Job, id]));
    }

    [Fact]
    public async Task A_run_begins_no_erasure_after_ten_minutes_and_the_next_run_continues()
    {
        var bench = await shared.GetAsync();
        var rows = Enumerable.Range(0, 15).Select(number => new TableEntity("erasing", $"{bench.Job}-{number}")
        {
            ["Provider"] = "gemini",
            ["JobId"] = $"{bench.Job}-{number}",
            ["At"] = DateTimeOffset.UnixEpoch,
            ["Last"] = DateTimeOffset.UnixEpoch,
        }).ToList();
        foreach (var row in rows)
        {
            await bench.Storage.Index.UpsertEntityAsync(row, TableUpdateMode.Replace, Cancel);
        }

        // With this clock each erasure takes a minute.
        await ActivatorUtilities.CreateInstance<JobErasure>(bench.App.Services, new RacingClock()).ContinueErasuresAsync(Cancel);
        Assert.InRange(await LeftAsync(), 5, 14);

        await bench.RunMaintenanceAsync();
        Assert.Equal(0, await LeftAsync());

        ValueTask<int> LeftAsync() => bench.Storage.Index.QueryAsync<TableEntity>(row => row.PartitionKey == "erasing", cancellationToken: Cancel)
            .CountAsync(row => row.RowKey.StartsWith(bench.Job, StringComparison.Ordinal), Cancel);
    }

    /// <summary>Runs the last erasure, as the timer does when no more work can be in progress.</summary>
    internal static async Task EraseForTheLastTimeAsync(OperatorBench bench)
    {
        var later = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + JobErasure.FinalErasureDelay);
        await ActivatorUtilities.CreateInstance<JobErasure>(bench.App.Services, later).ContinueErasuresAsync(Cancel);
    }

    /// <summary>Returns every place in tables, containers and queues that contains one of the words.</summary>
    private static async Task<List<string>> FindAsync(OperatorBench bench, IReadOnlyCollection<string> words)
    {
        bool Has(string? text) => text is not null && words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
        var found = new List<string>();
        foreach (var table in (TableClient[])[bench.Storage.Events, bench.Storage.Jobs, bench.Storage.Index])
        {
            await foreach (var row in table.QueryAsync<TableEntity>(cancellationToken: Cancel))
            {
                if (row.Any(column => Has(column.Value as string)))
                {
                    found.Add($"{table.Name}: {row.PartitionKey} {row.RowKey}");
                }
            }
        }

        foreach (var container in (BlobContainerClient[])[bench.Storage.Assets, bench.Storage.RawEvents])
        {
            found.AddRange(await container.GetBlobsAsync(BlobTraits.None, BlobStates.Uncommitted, prefix: null, Cancel)
                .Where(blob => Has(blob.Name)).Select(blob => $"{container.Name}: {blob.Name}").ToListAsync(Cancel));
        }

        var queues = bench.App.Services.GetRequiredService<ServiceBusClient>();
        foreach (var queue in (string[])[QueueNames.WebhookEvents, QueueNames.AssetDownloads])
        {
            foreach (var part in (SubQueue[])[SubQueue.None, SubQueue.DeadLetter])
            {
                await using var receiver = queues.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = part });
                var messages = await receiver.PeekMessagesAsync(100, cancellationToken: Cancel);
                found.AddRange(messages
                    .Where(message => Has(message.Body.ToString()) || message.ApplicationProperties.Values.Any(value => Has(value as string)))
                    .Select(message => $"{queue}/{part}: {message.MessageId}"));
            }
        }

        return found;
    }

    private static async Task<int> TombstonesAsync(OperatorBench bench, IReadOnlyList<string> jobs, IReadOnlyList<string> ids)
    {
        var (tombstones, spent) = (bench.App.Services.GetRequiredService<JobTombstones>(), bench.App.Services.GetRequiredService<SpentWebhookIds>());
        var count = 0;
        foreach (var provider in (string[])["gemini", "geminigen"])
        {
            foreach (var job in jobs)
            {
                count += await tombstones.HasAsync(provider, job, Cancel) ? 1 : 0;
            }

            foreach (var id in ids.Distinct())
            {
                count += await spent.HasAsync(EventKey.Create(provider, id), Cancel) ? 1 : 0;
            }
        }

        return count;
    }

    private static async Task EmptyAsync(OperatorBench bench)
    {
        foreach (var queue in (string[])[QueueNames.WebhookEvents, QueueNames.AssetDownloads, QueueNames.WebhookEvents])
        {
            await bench.EmptyAsync(queue);
        }
    }

    /// <summary>Clock that advances by a minute whenever its timestamp is read.</summary>
    private sealed class RacingClock : TimeProvider
    {
        private long _minutes;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Increment(ref _minutes) * TimeSpan.TicksPerMinute;
    }
}
