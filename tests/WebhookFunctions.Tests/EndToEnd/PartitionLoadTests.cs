using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Receiving;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Receiving;
using WebhookFunctions.Tests.Verification;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// Tests of the number of requests to each partition that many webhooks cause, up to the stored blobs. When the account reaches its limit, no partition
/// may have reached its own. The tables of scale in infra/README.md use these numbers.
/// </summary>
public sealed class PartitionLoadTests
{
    // Of ten webhooks one has no files, and one has a link for which the source answers a permanent error.
    private const int JobKinds = 10;

    // https://learn.microsoft.com/azure/storage/tables/scalability-targets
    private const double AccountRequests = 20_000;
    private const double PartitionEntities = 2_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task No_partition_reaches_its_limit_before_the_account() => RunAsync(1_000);

    [Fact(Explicit = true)]
    public Task No_partition_reaches_its_limit_before_the_account_with_a_hundred_thousand_webhooks() => RunAsync(100_000);

    private static async Task RunAsync(int count)
    {
        await using var source = new HostileServer();
        var media = source.Serve("/a.mp4", SampleMedia.Mp4(1_000));
        var refusedLink = source.Url("/refused");
        var storage = new MemoryStorage();
        var bus = new CapturingServiceBus();
        await using var app = Compose(storage, bus);
        var queues = new Queues(app, bus);

        await Parallel.ForAsync(0, count, Cancel, async (i, token) =>
        {
            var link = (i % JobKinds) switch { 0 => null, 1 => refusedLink, _ => media };
            Assert.Equal(ReceiveAnswer.Received, await app.GetRequiredService<ReceiveWebhook>().RunAsync(Webhook(i, link), "replicate", null, token));
            await queues.WorkAsync(token);
        });
        await queues.WorkAsync(Cancel);
        await app.DisposeAsync();

        // All events and assets have the expected final states.
        var states = storage.Values(StorageNames.EventsTable, EventRow.Key, nameof(EventRow.State)).CountBy(state => state).ToDictionary();
        Assert.Equal(
            new Dictionary<string, int>
            {
                [nameof(EventState.Recorded)] = count / JobKinds,
                [nameof(EventState.CompletedWithFailures)] = count / JobKinds,
                [nameof(EventState.Completed)] = count / JobKinds * (JobKinds - 2),
            },
            states);
        Assert.Equal(count + (count / JobKinds * (JobKinds - 2)), storage.BlobCount);

        var perSecond = AccountRequests / storage.Requests;
        var lists = new[] { (EventIndexKeys.Recent, 1.0), (EventIndexKeys.Unfinished, 1.8), (EventIndexKeys.Failed, 0.1) };
        foreach (var (list, writes) in lists)
        {
            var shards = Enumerable.Range(0, EventIndexKeys.Shards).Select(shard => storage.Entities
                .Where(partition => partition.Key.Table == StorageNames.IndexTable
                    && (partition.Key.Partition + ":").StartsWith(EventIndexKeys.PartitionOf(list, shard) + ":", StringComparison.Ordinal))
                .Sum(partition => partition.Value)).ToList();

            // An asset that ends before its event is marked as dispatched has its event written again, and the entry with it.
            Assert.InRange(shards.Sum(), writes * count, 1.2 * writes * count);

            // Far more than the random deviation of an even hash.
            var fair = writes * count / EventIndexKeys.Shards;
            Assert.All(shards, shard => Assert.InRange(shard, fair - (10 * Math.Sqrt(fair)), fair + (10 * Math.Sqrt(fair))));
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{list}: {string.Join(", ", shards)} entities; at {AccountRequests:N0} requests a second {string.Join(", ", shards.Select(shard => $"{shard * perSecond:N0}"))} a second, in one partition {shards.Sum() * perSecond:N0}.");
            Assert.All(shards, shard => Assert.InRange(shard * perSecond, 0, PartitionEntities / 2));
        }

        // A single partition would have exceeded its limit, which is the reason for the shards.
        Assert.InRange(1.8 * count * perSecond, PartitionEntities, double.MaxValue);

        // Every other partition belongs to one event or one job.
        var others = storage.Entities.Where(partition => partition.Key.Table != StorageNames.IndexTable).ToList();
        Assert.InRange(others.Max(partition => partition.Value), 1, 30);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{count:N0} webhooks: {storage.Requests:N0} requests, {(double)storage.Requests / count:N2} for each; {storage.Entities.Count:N0} partitions, of which those outside the lists got at most {others.Max(partition => partition.Value)} entities each; "
            + $"the account is full at {AccountRequests / ((double)storage.Requests / count):N0} webhooks a second.");
    }

    private static ServiceProvider Compose(MemoryStorage storage, CapturingServiceBus bus) => AppServices.Compose(
        new Dictionary<string, string?>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["Assets:AllowLoopback"] = "true",
            [SampleSettings.Replicate.Item1] = SampleSettings.Replicate.Item2,
        },
        bus,
        services => services.AddSingleton(storage.Tables).AddSingleton(storage.Blobs).AddSingleton<ReceiveWebhook>());

    private static HttpRequest Webhook(int number, string? link)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"id":"job-{{number}}","status":"{{(link is null ? "processing" : "succeeded")}}","output":{{(link is null ? "null" : $"\"{link}\"")}}}""");
        var (id, timestamp) = ($"msg-{number}", TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        var request = ReceiverBench.Request(PipeReader.Create(new MemoryStream(body)));
        request.Headers["webhook-id"] = id;
        request.Headers["webhook-timestamp"] = timestamp;
        request.Headers["webhook-signature"] = Signatures.StandardWebhooks(SampleSettings.ReplicateKey, id, timestamp, body);
        return request;
    }

    /// <summary>Both queues in memory. Each message is delivered once, to the next worker that asks.</summary>
    private sealed class Queues
    {
        private readonly ConcurrentQueue<ServiceBusReceivedMessage> _events = [];
        private readonly ConcurrentQueue<ServiceBusReceivedMessage> _assets = [];
        private readonly EventRecorder _recorder;
        private readonly AssetProcessor _processor;
        private int _deliveries;

        public Queues(ServiceProvider app, CapturingServiceBus bus)
        {
            (_recorder, _processor) = (app.GetRequiredService<EventRecorder>(), app.GetRequiredService<AssetProcessor>());
            bus.Sender(QueueNames.WebhookEvents).OnSend = message => _events.Enqueue(Sent(message));
            bus.Sender(QueueNames.AssetDownloads).OnSend = message => _assets.Enqueue(Sent(message));
        }

        public async Task WorkAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                var delivery = new MessageDelivery(Interlocked.Increment(ref _deliveries), Guid.NewGuid().ToString(), 1);
                if (_assets.TryDequeue(out var asset))
                {
                    await _processor.ProcessAsync(AssetMessage.Read(asset)!, delivery, cancellationToken);
                }
                else if (_events.TryDequeue(out var @event))
                {
                    Assert.IsType<Settlement.Complete>(await _recorder.ProcessAsync(EventMessage.Read(@event)!, delivery, cancellationToken));
                }
                else
                {
                    return;
                }
            }
        }

        private static ServiceBusReceivedMessage Sent(ServiceBusMessage message) => ServiceBusModelFactory.ServiceBusReceivedMessage(
            body: BinaryData.FromBytes(message.Body.ToArray()),
            messageId: message.MessageId,
            contentType: message.ContentType,
            properties: message.ApplicationProperties);
    }
}
