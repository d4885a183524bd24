using System.Diagnostics;
using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>
/// Tests of what becomes of a waiting line whose process has died. One bench is the process that dies, and another one is the next process on the
/// same storage.
/// </summary>
public sealed class LineRecoveryTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly byte[] Content = SampleMedia.Mp4(300_000);

    private readonly HostileServer _source = new();
    private readonly FaultPolicy _faults = new();
    private AssetBench _died = null!;
    private AssetBench _next = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var clients = await azurite.ClientsAsync(_faults);
        _died = await AssetBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Assets:MaxDownloads"] = "1" }, services => clients(services));
        _next = await AssetBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Assets:MaxDownloads"] = "1" });
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _died.DisposeAsync();
        await _next.DisposeAsync();
    }

    [Fact]
    public async Task A_redelivered_message_brings_the_line_back_and_its_invocation_downloads_the_assets()
    {
        var (held, delivery) = await HoldAsync();
        await WaitAsync("/first.mp4");
        var first = _died.Key;
        _died.NewEvent();
        await WaitAsync("/second.mp4");
        Redeliver();

        await InvokeAsync(held, Again(delivery));

        Assert.Equal(["/held.mp4", "/first.mp4", "/second.mp4"], _source.Requests.Select(request => request.Path));
        Assert.Equal(AssetState.Stored, (await _died.RowAsync()).State);
        Assert.Equal(AssetState.Stored, (await _died.Events.FindAssetAsync(first.PartitionKey, held.Row, Cancel))!.State);
        Assert.Empty(_next.Queue.Sent);

        // The scheduled messages arrive later, and find their assets stored.
        Assert.All(_died.Queue.Sent, sent => Assert.NotNull(AssetBench.Read(sent).WaitingSince));
        foreach (var sent in _died.Queue.Sent)
        {
            Assert.IsType<Settlement.Complete>(await _next.DeliverAsync(AssetBench.Read(sent)));
        }

        Assert.Equal(3, _source.Requests.Count);
    }

    [Fact]
    public async Task An_asset_that_was_taken_over_when_the_process_died_continues_before_its_lease_has_expired()
    {
        var (other, deliveryOfOther) = await HoldAsync();
        var (held, delivery) = await HoldAsync();
        await WaitAsync("/v.mp4");
        await DieInTakeOverAsync(delivery);
        var row = await _died.RowAsync();
        Assert.Equal((delivery.LeaseOwner, 1), (row.LeaseOwner, row.Starts));
        Assert.InRange(row.LeaseExpiresAt!.Value, TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(20), DateTimeOffset.MaxValue);
        Redeliver();

        // Both messages are redelivered, and the invocation of the other one is the first that takes assets over.
        Assert.IsType<Settlement.Complete>(await _next.DeliverAsync(held, Again(delivery)));
        await InvokeAsync(other, Again(deliveryOfOther));

        Assert.Equal((AssetState.Stored, 0), ((await _died.RowAsync()).State, (await _died.RowAsync()).Starts));
        Assert.Empty(_next.Queue.Sent);
    }

    [Fact]
    public async Task If_the_lock_is_lost_and_the_process_lives_the_asset_is_stored_and_counted_once()
    {
        var (held, delivery) = await HoldAsync();
        await WaitAsync("/v.mp4");
        var (begun, mayEnd) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        _source.On("/v.mp4", async exchange =>
        {
            begun.TrySetResult();
            await mayEnd.Task;
            await exchange.AnswerAsync("503 Service Unavailable");
        });
        var old = _died.Processor.TakeOverAsync(Stopwatch.GetTimestamp(), delivery, Cancel);
        await begun.Task.WaitAsync(Cancel);
        _source.Serve("/v.mp4", Content);
        Redeliver();

        await InvokeAsync(held, Again(delivery));

        Assert.Equal(AssetState.Stored, (await _died.RowAsync()).State);
        mayEnd.SetResult();
        await old;
        Assert.Equal((AssetState.Stored, 1), ((await _died.RowAsync()).State, (await _died.EventAsync()).AssetsStored));

        // The old invocation may have sent another message, which must find the asset stored.
        Assert.IsType<Settlement.Complete>(await _next.DeliverAsync(_died.Next()));
        Assert.Equal((AssetState.Stored, 1), ((await _died.RowAsync()).State, (await _died.EventAsync()).AssetsStored));
    }

    [Fact]
    public async Task An_asset_whose_lease_may_be_in_use_is_left_and_a_message_checks_it_when_the_lease_has_expired()
    {
        var (held, delivery) = await HoldAsync();
        await WaitAsync("/v.mp4");
        await DieInTakeOverAsync(_died.NewDelivery());
        var until = (await _died.RowAsync()).LeaseExpiresAt!.Value;
        var scheduled = Peeked(_died.Next(), 1, ServiceBusMessageState.Scheduled, until + TimeSpan.FromHours(1));
        _next.Broker.OnPeek = from => Page(from, [scheduled]);

        await InvokeAsync(held, Again(delivery));

        Assert.Equal(AssetState.Downloading, (await _died.RowAsync()).State);
        var check = Assert.Single(_next.Queue.Sent);
        Assert.InRange(check.ScheduledEnqueueTime - until, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Equal(_died.Next().Continuation + 1, _next.Next().Continuation);

        // After another crash, the recovery finds the check, and no further one is sent.
        var recoveredCheck = Peeked(_next.Next(), 2, ServiceBusMessageState.Scheduled, check.ScheduledEnqueueTime);
        _next.Broker.OnPeek = from => Page(from, [scheduled, recoveredCheck]);
        await InvokeAsync(held, Again(Again(delivery)));
        Assert.Single(_next.Queue.Sent);
    }

    [Fact]
    public async Task The_deadline_of_a_recovered_asset_does_not_include_the_rest_of_its_wait()
    {
        var (held, delivery) = await HoldAsync();
        var waiting = await WaitAsync("/v.mp4");
        _source.On("/v.mp4", exchange => exchange.AnswerAsync("503 Service Unavailable"));
        Redeliver();

        await InvokeAsync(held, Again(delivery));

        var retry = _next.Next();
        Assert.Equal(1, retry.Attempt);
        Assert.InRange(waiting.QueuedAt - held.QueuedAt, TimeSpan.FromMinutes(1), TimeSpan.MaxValue);
        Assert.InRange(retry.QueuedAt - held.QueuedAt, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(1, ServiceBusMessageState.Scheduled, true)]
    [InlineData(2, ServiceBusMessageState.Active, true)]
    [InlineData(2, ServiceBusMessageState.Scheduled, false)]
    public async Task Nothing_is_recovered_by_a_first_delivery_or_from_an_active_message_or_from_a_retry(
        int deliveryCount, ServiceBusMessageState state, bool isWaiting)
    {
        var (held, delivery) = await HoldAsync();
        var waiting = await WaitAsync("/v.mp4");
        _next.Broker.OnPeek = from => Page(from, [Peeked(isWaiting ? waiting : waiting.AfterWork(), 1, state)]);

        await InvokeAsync(held, delivery with { DeliveryCount = deliveryCount, LockToken = "another" });

        Assert.Equal(AssetState.Pending, (await _died.RowAsync()).State);
        Assert.Equal(["/held.mp4"], _source.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task A_message_that_is_near_its_last_delivery_recovers_the_line_and_leaves_it_to_its_successor()
    {
        var (held, delivery) = await HoldAsync();
        await WaitAsync("/v.mp4");
        Redeliver();

        await InvokeAsync(held, delivery with { DeliveryCount = 100 });

        Assert.Equal(AssetState.Pending, (await _died.RowAsync()).State);
        var successor = AssetBench.Read(Assert.Single(_next.Queue.Sent));
        Assert.Equal((held.Row, held.Continuation + 1), (successor.Row, successor.Continuation));
        _next.Broker.OnPeek = static _ => throw new InvalidOperationException("The line was recovered before.");
        await InvokeAsync(successor, _next.NewDelivery());
        Assert.Equal(AssetState.Stored, (await _died.RowAsync()).State);
        Assert.Single(_next.Queue.Sent);
    }

    [Fact]
    public async Task A_redelivered_message_whose_asset_continues_in_a_scheduled_one_sends_no_other_and_its_invocation_downloads_the_asset()
    {
        var message = await _died.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var delivery = _died.NewDelivery();
        using (_died.Get<DownloadLimiter>().TryEnter(message with { Source = message.Source with { Url = "https://elsewhere.example/" } }))
        {
            // The process dies before the message is settled.
            Assert.IsType<Settlement.Complete>(await _died.DeliverAsync(message, delivery));
        }

        Redeliver();
        using (_next.Get<DownloadLimiter>().TryEnter(message with { Source = message.Source with { Url = "https://elsewhere.example/" } }))
        {
            await InvokeAsync(message, Again(delivery));
        }

        Assert.Empty(_next.Queue.Sent);
        Assert.Equal(AssetState.Pending, (await _died.RowAsync()).State);
        await InvokeAsync(message, Again(Again(delivery)));
        Assert.Equal(AssetState.Stored, (await _died.RowAsync()).State);
        Assert.Empty(_next.Queue.Sent);
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1, 1)]
    [InlineData(0, 0, 0)]
    public async Task A_redelivered_message_is_not_replaced_by_a_scheduled_one_of_another_attempt_or_before_it(int attempt, int reopenings, int continuation)
    {
        var message = await _died.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var scheduled = message with { Attempt = attempt, Reopenings = reopenings, Continuation = continuation, WaitingSince = message.QueuedAt };
        _next.Broker.OnPeek = from => Page(from, [Peeked(scheduled, 1, ServiceBusMessageState.Scheduled)]);

        Assert.IsType<Settlement.Complete>(await _next.DeliverAsync(message, _next.NewDelivery() with { DeliveryCount = 2 }));

        Assert.Equal(AssetState.Stored, (await _died.RowAsync()).State);
    }

    [Fact]
    public async Task A_message_that_names_no_source_does_not_hide_the_others()
    {
        var (held, delivery) = await HoldAsync();
        var waiting = await WaitAsync("/v.mp4");
        var bad = JsonNode.Parse(waiting.ToMessage().Body)!;
        bad["source"] = null;
        _next.Broker.OnPeek = from => Page(
            from,
            [
                ServiceBusModelFactory.ServiceBusReceivedMessage(
                    BinaryData.FromString(bad.ToJsonString()), sequenceNumber: 1, serviceBusMessageState: ServiceBusMessageState.Scheduled),
                Peeked(waiting, 2, ServiceBusMessageState.Scheduled),
            ]);

        await InvokeAsync(held, Again(delivery));

        Assert.Equal(AssetState.Stored, (await _died.RowAsync()).State);
    }

    [Fact]
    public async Task If_the_queue_cannot_be_read_the_message_is_settled_and_the_assets_wait_for_their_scheduled_messages()
    {
        var (held, delivery) = await HoldAsync();
        var waiting = await WaitAsync("/v.mp4");
        _next.Broker.OnPeek = static _ => throw new ServiceBusException(isTransient: true, "Unavailable.");

        await InvokeAsync(held, Again(delivery));

        Assert.Equal(AssetState.Pending, (await _died.RowAsync()).State);
        Assert.IsType<Settlement.Complete>(await _next.DeliverAsync(waiting));
        Assert.Equal(AssetState.Stored, (await _died.RowAsync()).State);
    }

    [Fact]
    public async Task One_reading_of_the_queue_serves_all_that_ask_for_it_before_it_begins()
    {
        var began = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        var reads = 0;
        _next.Broker.OnPeek = async _ =>
        {
            Interlocked.Increment(ref reads);
            began.TrySetResult();
            await mayEnd.Task;
            return [];
        };
        var recovery = _next.Get<WaitingLineRecovery>();
        var first = recovery.RecoverAsync(Cancel);
        await began.Task;

        // The first reading may have passed what these look for, so it does not serve them.
        var others = Enumerable.Range(0, 16).Select(_ => recovery.RecoverAsync(Cancel)).ToList();
        mayEnd.SetResult();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(2, reads);
    }

    [Fact]
    public async Task A_reading_that_does_not_end_is_given_up_after_ten_seconds_and_the_next_one_begins()
    {
        var clock = new FakeTimeProvider();
        using var recovery = Recovery(clock);
        var reads = 0;
        _next.Broker.OnPeek = _ => ++reads == 1 ? new TaskCompletionSource<IReadOnlyList<ServiceBusReceivedMessage>>().Task : Page(0, []);
        var hangs = recovery.RecoverAsync(Cancel);
        var waits = recovery.RecoverAsync(Cancel);
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(hangs.IsCompleted);
        Assert.False(waits.IsCompleted);

        clock.Advance(TimeSpan.FromSeconds(1));
        await hangs;
        await waits;

        Assert.Equal(2, reads);
    }

    [Fact]
    public async Task A_call_that_waits_for_a_reading_ends_when_the_host_stops_and_the_reading_goes_on()
    {
        using var recovery = Recovery(new FakeTimeProvider());
        var page = new TaskCompletionSource<IReadOnlyList<ServiceBusReceivedMessage>>();
        _next.Broker.OnPeek = _ => page.Task;
        var reads = recovery.RecoverAsync(Cancel);

        await recovery.RecoverAsync(new CancellationToken(canceled: true));

        Assert.False(reads.IsCompleted);
        page.SetResult([]);
        await reads;
    }

    [Fact]
    public async Task In_an_endless_queue_fifty_pages_are_read()
    {
        var waiting = await WaitAsync("/v.mp4");
        using var recovery = Recovery(TimeProvider.System);
        var reads = 0;
        _next.Broker.OnPeek = from =>
        {
            reads++;
            return Page(0, [.. Enumerable.Range(0, 100).Select(i => Peeked(waiting, from + i, ServiceBusMessageState.Scheduled))]);
        };

        await recovery.RecoverAsync(Cancel);

        Assert.Equal(50, reads);
    }

    private WaitingLineRecovery Recovery(TimeProvider clock) =>
        new(_next.Broker, _next.Get<DownloadLimiter>(), clock, NullLogger<WaitingLineRecovery>.Instance);

    /// <summary>Downloads an asset. Returns its message and the delivery, whose invocation may take over the assets that wait.</summary>
    private async Task<(AssetMessage Message, MessageDelivery Delivery)> HoldAsync()
    {
        var message = await _died.AnnounceAsync(_source.Serve("/held.mp4", Content));
        var delivery = _died.NewDelivery();
        Assert.IsType<Settlement.Complete>(await _died.DeliverAsync(message, delivery));
        _died.NewEvent();
        return (message, delivery);
    }

    /// <summary>Adds an asset to the line of the process that dies. Returns its scheduled message.</summary>
    private async Task<AssetMessage> WaitAsync(string path)
    {
        var message = await _died.AnnounceAsync(new AssetSource { Name = path[1..], Url = _source.Serve(path, Content) });
        using (_died.Get<DownloadLimiter>().TryEnter(message with { Source = message.Source with { Url = "https://elsewhere.example/" } }))
        {
            Assert.IsType<Settlement.Complete>(await _died.DeliverAsync(message));
        }

        return _died.Next();
    }

    /// <summary>Takes the waiting asset over, and ends with the process when the file is about to be stored.</summary>
    private async Task DieInTakeOverAsync(MessageDelivery delivery)
    {
        _faults.When = message => message.Request.Uri.Path.Contains("/assets/", StringComparison.Ordinal);
        await _died.Processor.TakeOverAsync(Stopwatch.GetTimestamp(), delivery, Cancel);
        Assert.True(_faults.IsDead);
        _faults.Restart();
    }

    /// <summary>Lets the next process see what the dead one has scheduled.</summary>
    private void Redeliver()
    {
        var messages = _died.Queue.Sent.Select((sent, i) => Peeked(AssetBench.Read(sent), 1_000 + i, ServiceBusMessageState.Scheduled, sent.ScheduledEnqueueTime)).ToList();
        _next.Broker.OnPeek = from => Page(from, messages);
    }

    private static Task<IReadOnlyList<ServiceBusReceivedMessage>> Page(long from, IReadOnlyList<ServiceBusReceivedMessage> messages) =>
        Task.FromResult<IReadOnlyList<ServiceBusReceivedMessage>>([.. messages.Where(message => message.SequenceNumber >= from)]);

    private static ServiceBusReceivedMessage Peeked(AssetMessage message, long number, ServiceBusMessageState state, DateTimeOffset due = default) =>
        ServiceBusModelFactory.ServiceBusReceivedMessage(
            message.ToMessage().Body, sequenceNumber: number, scheduledEnqueueTime: due, serviceBusMessageState: state);

    private static MessageDelivery Again(MessageDelivery delivery) => delivery with { LockToken = "another", DeliveryCount = delivery.DeliveryCount + 1 };

    /// <summary>Runs an invocation in the next process.</summary>
    private async Task InvokeAsync(AssetMessage message, MessageDelivery delivery)
    {
        Assert.IsType<Settlement.Complete>(await _next.DeliverAsync(message, delivery));
        await _next.Processor.TakeOverAsync(Stopwatch.GetTimestamp(), delivery, Cancel);
    }
}
