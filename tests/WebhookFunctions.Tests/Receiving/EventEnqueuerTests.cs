using System.Collections.Concurrent;
using System.Diagnostics;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Receiving;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Receiving;

public sealed class EventEnqueuerTests(AzuriteFixture azurite) : IAsyncDisposable
{
    private readonly CapturingServiceBus _bus = new();
    private readonly Outages _outages = new(TimeProvider.System, NullLogger<Outages>.Instance);
    private readonly EventKey _key = EventKey.Create("sync", Guid.NewGuid().ToString("n"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task A_webhook_is_enqueued_byte_for_byte_with_an_id_that_lets_the_broker_detect_a_duplicate()
    {
        var queue = await QueueAsync();

        Assert.True(await queue.TryEnqueueAsync(Message(EventEnqueuer.MaxInlineBytes)));
        Assert.True(await queue.TryEnqueueAsync(Message(10)));

        var sent = _bus.Sender(QueueNames.WebhookEvents).Sent;
        Assert.Equal(EventEnqueuer.MaxInlineBytes, sent[0].Body.ToMemory().Length);
        Assert.DoesNotContain(MessageProperties.ClaimCheck, sent[0].ApplicationProperties.Keys);
        Assert.Equal([_key.MessageId, _key.MessageId], sent.Select(message => message.MessageId));
    }

    [Fact]
    public async Task A_body_too_large_for_a_message_is_stored_in_a_blob_that_the_message_names()
    {
        var queue = await QueueAsync();
        var message = Message(EventEnqueuer.MaxInlineBytes + 1);

        Assert.True(await queue.TryEnqueueAsync(message));

        var sent = Assert.Single(_bus.Sender(QueueNames.WebhookEvents).Sent);
        Assert.Equal((0, _key.MessageId), (sent.Body.ToMemory().Length, sent.MessageId));
        var blob = Assert.IsType<string>(sent.ApplicationProperties[MessageProperties.ClaimCheck]);
        var rawEvent = await (await azurite.StorageAsync()).OpenRawEvents().ReadAsync(blob, message.BodySha256, Cancel);
        Assert.Equal(message.Body.ToArray(), rawEvent!.ToArray());
        Assert.Equal(message.BodySha256, sent.ApplicationProperties[MessageProperties.BodySha256]);
        Assert.Equal($"sync/{_key.WebhookId}-{_key.IdSha256[..16]}.json", blob);
    }

    [Fact]
    public async Task Of_several_bodies_with_one_id_the_first_is_stored_and_every_message_refers_to_it()
    {
        var queue = await QueueAsync();
        var first = Message(EventEnqueuer.MaxInlineBytes + 1) with { HasToken = true, ReceivedAt = DateTimeOffset.UnixEpoch.AddDays(1).AddTicks(1) };

        Assert.True(await queue.TryEnqueueAsync(first));
        for (var more = 2; more < 5; more++)
        {
            Assert.True(await queue.TryEnqueueAsync(Message(EventEnqueuer.MaxInlineBytes + more) with { Coverage = SignatureCoverage.EventIdOnly, IsSharedKey = true }));
        }

        var storage = await azurite.StorageAsync();
        Assert.Equal(1, await storage.RawEvents.GetBlobsAsync(BlobTraits.None, BlobStates.None, $"sync/{_key.WebhookId}", Cancel).CountAsync(Cancel));
        Assert.All(_bus.Sender(QueueNames.WebhookEvents).Sent, message => Assert.Equal(
            first.Receipt,
            EventMessage.TryRead(ServiceBusModelFactory.ServiceBusReceivedMessage(
                message.Body, message.MessageId, properties: message.ApplicationProperties))?.Receipt));
        Assert.Equal(first.Body.ToArray(), (await storage.OpenRawEvents().ReadAsync(RawEventStore.NameOf(_key), first.BodySha256, Cancel))!.ToArray());
    }

    [Fact]
    public async Task A_large_body_is_not_stored_if_its_id_was_used()
    {
        var storage = await azurite.StorageAsync();
        await new SpentWebhookIds(storage, TimeProvider.System).AddAsync(_key, Cancel);

        Assert.True(await (await QueueAsync()).TryEnqueueAsync(Message(EventEnqueuer.MaxInlineBytes + 1)));

        Assert.Empty(_bus.Sender(QueueNames.WebhookEvents).Sent);
        Assert.False(await storage.RawEvents.GetBlobClient(RawEventStore.NameOf(_key)).ExistsAsync(Cancel));
    }

    [Fact]
    public async Task A_large_body_that_is_stored_while_its_id_becomes_used_is_removed()
    {
        var other = await azurite.StorageAsync();
        var storage = await azurite.StorageAsync(new AfterFirstRequest(
            () => new SpentWebhookIds(other, TimeProvider.System).AddAsync(_key, Cancel)));

        Assert.True(await Queue(storage).TryEnqueueAsync(Message(EventEnqueuer.MaxInlineBytes + 1)));

        Assert.Empty(_bus.Sender(QueueNames.WebhookEvents).Sent);
        Assert.False(await other.RawEvents.GetBlobClient(RawEventStore.NameOf(_key)).ExistsAsync(Cancel));
    }

    [Fact]
    public async Task A_webhook_that_the_queue_refuses_is_reported_as_not_enqueued_and_its_trace_shows_the_error()
    {
        using var webhook = new Activity("webhook").Start();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == WebhookTracing.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.TraceId == webhook.TraceId)
                {
                    spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var queue = await QueueAsync();
        _bus.Sender(QueueNames.WebhookEvents).BeforeSend = _ => throw new ServiceBusException("Away.", ServiceBusFailureReason.ServiceCommunicationProblem);

        Assert.False(await queue.TryEnqueueAsync(Message(10)));

        var span = Assert.Single(spans);
        Assert.Equal((ActivityStatusCode.Error, nameof(ServiceBusException)), (span.Status, span.StatusDescription));
    }

    [Fact]
    public async Task A_queue_that_does_not_answer_delays_the_sender_only_until_the_timeout()
    {
        var queue = await QueueAsync(TimeSpan.FromMilliseconds(20));
        _bus.Sender(QueueNames.WebhookEvents).BeforeSend = token => Task.Delay(Timeout.Infinite, token);

        Assert.False(await queue.TryEnqueueAsync(Message(10)).WaitAsync(Eventually.MaxWait, Cancel));
        Assert.Empty(_bus.Sender(QueueNames.WebhookEvents).Sent);
    }

    private EventMessage Message(int bytes) => new()
    {
        Key = _key,
        Coverage = SignatureCoverage.RawBody,
        ReceivedAt = DateTimeOffset.UnixEpoch,
        Body = BinaryData.FromString($$"""{"a":"{{new string('x', bytes - 8)}}"}"""),
    };

    private async Task<EventEnqueuer> QueueAsync(TimeSpan? timeout = null) => Queue(await azurite.StorageAsync(), timeout);

    private EventEnqueuer Queue(StorageClients storage, TimeSpan? timeout = null) => new(
        new QueueSenders(_bus, _outages),
        storage.OpenRawEvents(),
        new SpentWebhookIds(storage, TimeProvider.System),
        Options.Create(new ReceiveOptions { EnqueueTimeout = timeout ?? new ReceiveOptions().EnqueueTimeout }),
        _outages,
        NullLogger<EventEnqueuer>.Instance);

    /// <summary>Pipeline policy that runs an action after the first request for one of the app's rows was answered.</summary>
    private sealed class AfterFirstRequest(Func<Task> then) : HttpPipelinePolicy
    {
        private bool _isDone;

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (!_isDone && message.Request.Uri.Path.Contains($"{StorageNames.JobsTable}(", StringComparison.Ordinal))
            {
                _isDone = true;
                await then();
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);
    }
}
