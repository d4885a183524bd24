using System.Text;
using EmbeddedServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Broker;

/// <summary>
/// What any broker must do that the app is run on. It uses only what a client of the real service could ask for, and a clock: a broker
/// whose clock cannot be set overrides the tests that advance it.
/// </summary>
public abstract class BrokerSuite : IAsyncLifetime
{
    /// <summary>No duplicate detection, lock of a minute, three deliveries.</summary>
    protected const string Plain = "plain";

    /// <summary>Duplicate detection over ten minutes.</summary>
    protected const string Unique = "unique";

    /// <summary>A time to live of an hour, then the dead letters.</summary>
    protected const string Expiring = "expiring";

    /// <summary>A time to live of an hour, then nothing.</summary>
    protected const string Forgetful = "forgetful";

    protected static readonly TimeSpan LockDuration = TimeSpan.FromMinutes(1);
    protected static readonly TimeSpan Window = TimeSpan.FromMinutes(10);
    protected static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);
    protected const int MaxDeliveries = 3;

    /// <summary>The smallest step of the clock.</summary>
    protected static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    /// <summary>How long a test waits for what should come at once before it fails.</summary>
    protected static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    protected static IReadOnlyList<QueueOptions> Queues { get; } =
    [
        new() { Name = Plain, LockDuration = LockDuration, MaxDeliveryCount = MaxDeliveries },
        new() { Name = Unique, LockDuration = LockDuration, DuplicateDetectionWindow = Window },
        new() { Name = Expiring, LockDuration = LockDuration, DefaultTimeToLive = TimeToLive, DeadLetterOnExpiry = true },
        new() { Name = Forgetful, LockDuration = LockDuration, DefaultTimeToLive = TimeToLive },
    ];

    protected IServiceBusBroker Broker { get; private set; } = null!;

    protected static CancellationToken Cancellation => BoundedTest.Token;

    protected abstract DateTimeOffset Now { get; }

    public async ValueTask InitializeAsync() => Broker = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Broker.DisposeAsync();
        await CloseAsync();
    }

    /// <summary>A client of a broker with the <see cref="Queues"/>, all of them empty.</summary>
    protected abstract Task<IServiceBusBroker> OpenAsync();

    /// <summary>After the client is disposed.</summary>
    protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    /// <summary>Moves the broker's clock on. What became due has happened for whoever asks afterwards.</summary>
    protected abstract void Advance(TimeSpan time);

    protected static string DeadLettersOf(string queue) => $"{queue}/$deadletterqueue";

    protected static BrokerMessage Message(string text, string? id = null) => new() { Body = Encoding.UTF8.GetBytes(text), MessageId = id };

    protected static string Text(ReceivedMessage message) => Encoding.UTF8.GetString(message.Message.Body.Span);

    protected Task SendAsync(string queue, params BrokerMessage[] messages) => Broker.SendAsync(queue, messages, Cancellation);

    /// <returns>The messages that there are now.</returns>
    protected Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(string queue, int count = 1, ReceiveMode mode = ReceiveMode.PeekLock) =>
        Broker.ReceiveAsync(queue, count, TimeSpan.Zero, mode, Cancellation);

    protected async Task<ReceivedMessage> ReceiveOneAsync(string queue) => Assert.Single(await ReceiveAsync(queue));

    protected async Task<ReceivedMessage> PeekOneAsync(string queue) => Assert.Single(await Broker.PeekAsync(queue, 0, 10, Cancellation));

    protected async Task AssertEmptyAsync(string queue) => Assert.Empty(await Broker.PeekAsync(queue, 0, 10, Cancellation));

    protected static async Task AssertRefusedAsync(BrokerErrorReason reason, Func<Task> call) =>
        Assert.Equal(reason, (await Assert.ThrowsAsync<BrokerException>(call)).Reason);

    protected Task AssertLockLostAsync(string queue, ReceivedMessage message) =>
        AssertRefusedAsync(BrokerErrorReason.MessageLockLost, () => Broker.CompleteAsync(queue, message.LockToken!.Value, Cancellation));

    [Fact]
    public async Task A_message_comes_out_as_it_went_in()
    {
        var body = Enumerable.Range(0, 1_000).Select(i => (byte)i).ToArray();
        var sent = new BrokerMessage
        {
            Body = body,
            MessageId = "geminigen:ä/../%2F\u0001",
            ContentType = "application/json",
            CorrelationId = "correlation",
            Subject = "subject",
            To = "to",
            ReplyTo = "reply",
            ReplyToSessionId = "reply session",
            SessionId = "session",
            PartitionKey = "session",
            TimeToLive = TimeSpan.FromMinutes(5),
            ApplicationProperties = new Dictionary<string, object?> { ["provider"] = "sync", ["attempt"] = 3, ["nothing"] = null },
        };

        await SendAsync(Plain, sent);

        var received = await ReceiveOneAsync(Plain);
        Assert.Equal(body, received.Message.Body.ToArray());
        Assert.Equal(sent.ApplicationProperties, received.Message.ApplicationProperties);
        Assert.Equal(
            sent with { Body = default, ApplicationProperties = received.Message.ApplicationProperties },
            received.Message with { Body = default });
        Assert.Equal(Now, received.EnqueuedTime);
        Assert.Equal(Now + TimeSpan.FromMinutes(5), received.ExpiresAt);
        Assert.Equal(Now + LockDuration, received.LockedUntil);
        Assert.Equal(MessageState.Active, received.State);
        Assert.Equal(1, received.DeliveryCount);
    }

    [Fact]
    public async Task A_message_without_anything_comes_out_as_that()
    {
        await SendAsync(Plain, new BrokerMessage());

        var received = await ReceiveOneAsync(Plain);

        Assert.True(received.Message.Body.IsEmpty);
        Assert.Null(received.Message.MessageId);
        Assert.Null(received.Message.ContentType);
        Assert.Empty(received.Message.ApplicationProperties);
    }

    [Fact]
    public async Task Messages_are_received_in_the_order_they_were_sent()
    {
        foreach (var text in new[] { "a", "b", "c" })
            await SendAsync(Plain, Message(text));

        var received = await ReceiveAsync(Plain, 10);

        Assert.Equal(["a", "b", "c"], received.Select(Text));
        Assert.Equal(received.Select(message => message.SequenceNumber).Order(), received.Select(message => message.SequenceNumber));
    }

    [Fact]
    public async Task No_more_are_received_than_asked_for()
    {
        await SendAsync(Plain, Message("a"), Message("b"), Message("c"));

        Assert.Equal(2, (await ReceiveAsync(Plain, 2)).Count);
        Assert.Single(await ReceiveAsync(Plain, 2));
    }

    [Fact]
    public async Task A_locked_message_is_received_by_nobody_else()
    {
        await SendAsync(Plain, Message("a"));

        await ReceiveOneAsync(Plain);

        Assert.Empty(await ReceiveAsync(Plain));
    }

    [Fact]
    public async Task A_completed_message_is_gone()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);

        await Broker.CompleteAsync(Plain, received.LockToken!.Value, Cancellation);

        await AssertEmptyAsync(Plain);
        await AssertLockLostAsync(Plain, received);
    }

    [Fact]
    public async Task A_message_that_is_received_and_deleted_is_gone()
    {
        await SendAsync(Plain, Message("a"));

        var received = Assert.Single(await ReceiveAsync(Plain, mode: ReceiveMode.ReceiveAndDelete));

        Assert.Equal("a", Text(received));
        Assert.Null(received.LockToken);
        Assert.Equal(1, received.DeliveryCount);
        await AssertEmptyAsync(Plain);
    }

    [Fact]
    public async Task A_waiting_receiver_gets_a_message_as_soon_as_it_is_sent()
    {
        var waiting = Broker.ReceiveAsync(Plain, 10, TimeSpan.FromMinutes(1), cancellationToken: Cancellation);

        await SendAsync(Plain, Message("a"));

        Assert.Equal("a", Text(Assert.Single(await waiting.WaitAsync(Bound, Cancellation))));
    }

    [Fact]
    public async Task A_waiting_receiver_gets_an_abandoned_message()
    {
        await SendAsync(Plain, Message("a"));
        var first = await ReceiveOneAsync(Plain);
        var waiting = Broker.ReceiveAsync(Plain, 1, TimeSpan.FromMinutes(1), cancellationToken: Cancellation);

        await Broker.AbandonAsync(Plain, first.LockToken!.Value, cancellationToken: Cancellation);

        Assert.Equal(2, Assert.Single(await waiting.WaitAsync(Bound, Cancellation)).DeliveryCount);
    }

    [Fact]
    public async Task A_waiting_receiver_gets_a_message_whose_lock_has_expired()
    {
        await SendAsync(Plain, Message("a"));
        await ReceiveOneAsync(Plain);
        var waiting = Broker.ReceiveAsync(Plain, 1, LockDuration * 2, cancellationToken: Cancellation);

        Advance(LockDuration);

        Assert.Equal(2, Assert.Single(await waiting.WaitAsync(Bound, Cancellation)).DeliveryCount);
    }

    [Fact]
    public async Task A_waiting_receiver_gets_a_scheduled_message_at_its_time()
    {
        await Broker.ScheduleAsync(Plain, [Message("a")], Now + TimeSpan.FromSeconds(5), Cancellation);
        var waiting = Broker.ReceiveAsync(Plain, 1, TimeSpan.FromMinutes(1), cancellationToken: Cancellation);

        Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("a", Text(Assert.Single(await waiting.WaitAsync(Bound, Cancellation))));
    }

    [Fact]
    public async Task A_waiting_receiver_goes_empty_handed_when_its_time_is_over()
    {
        var waiting = Broker.ReceiveAsync(Plain, 1, TimeSpan.FromSeconds(30), cancellationToken: Cancellation);

        Advance(TimeSpan.FromSeconds(30));

        Assert.Empty(await waiting.WaitAsync(Bound, Cancellation));
    }

    [Fact]
    public async Task A_cancelled_receiver_takes_no_message_with_it()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = Broker.ReceiveAsync(Plain, 1, Timeout.InfiniteTimeSpan, cancellationToken: cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Bound, Cancellation));
        await SendAsync(Plain, Message("a"));
        Assert.Equal(1, (await ReceiveOneAsync(Plain)).DeliveryCount);
    }

    [Fact]
    public async Task Every_message_goes_to_one_of_the_receivers_that_wait()
    {
        var waiting = Enumerable.Range(0, 5)
            .Select(_ => Broker.ReceiveAsync(Plain, 1, TimeSpan.FromMinutes(1), cancellationToken: Cancellation))
            .ToList();

        await SendAsync(Plain, [.. Enumerable.Range(0, 5).Select(i => Message($"{i}"))]);

        var received = await Task.WhenAll(waiting).WaitAsync(Bound, Cancellation);
        Assert.Equal(["0", "1", "2", "3", "4"], received.Select(messages => Text(Assert.Single(messages))).Order());
    }

    [Fact]
    public async Task An_abandoned_message_comes_back_at_once_and_counted()
    {
        await SendAsync(Plain, Message("a"), Message("b"));
        var first = await ReceiveOneAsync(Plain);

        await Broker.AbandonAsync(Plain, first.LockToken!.Value, new Dictionary<string, object?> { ["why"] = "busy" }, Cancellation);

        var again = await ReceiveOneAsync(Plain);
        Assert.Equal("a", Text(again));
        Assert.Equal(first.SequenceNumber, again.SequenceNumber);
        Assert.Equal(2, again.DeliveryCount);
        Assert.Equal("busy", again.Message.ApplicationProperties["why"]);
        await AssertLockLostAsync(Plain, first);
    }

    [Fact]
    public async Task A_lock_ends_at_its_instant_and_not_before()
    {
        await SendAsync(Plain, Message("a"));
        var first = await ReceiveOneAsync(Plain);

        Advance(LockDuration - Instant);
        Assert.Empty(await ReceiveAsync(Plain));

        Advance(Instant);
        var again = await ReceiveOneAsync(Plain);
        Assert.Equal(2, again.DeliveryCount);
        await AssertLockLostAsync(Plain, first);
        await Broker.CompleteAsync(Plain, again.LockToken!.Value, Cancellation);
    }

    [Fact]
    public async Task A_renewed_lock_lasts_its_whole_duration_from_then_on()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        Advance(LockDuration - Instant);

        var until = await Broker.RenewLockAsync(Plain, received.LockToken!.Value, Cancellation);

        Assert.Equal(Now + LockDuration, until);
        Advance(LockDuration - Instant);
        Assert.Empty(await ReceiveAsync(Plain));
        await Broker.CompleteAsync(Plain, received.LockToken!.Value, Cancellation);
    }

    [Fact]
    public async Task A_lock_that_has_ended_is_not_renewed()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        Advance(LockDuration);

        await AssertRefusedAsync(
            BrokerErrorReason.MessageLockLost, () => Broker.RenewLockAsync(Plain, received.LockToken!.Value, Cancellation));
    }

    [Fact]
    public async Task A_token_of_nobody_settles_nothing()
    {
        await SendAsync(Plain, Message("a"));

        await AssertRefusedAsync(BrokerErrorReason.MessageLockLost, () => Broker.CompleteAsync(Plain, Guid.NewGuid(), Cancellation));
        await AssertRefusedAsync(BrokerErrorReason.MessageLockLost, () => Broker.AbandonAsync(Plain, Guid.Empty, cancellationToken: Cancellation));

        Assert.Equal(1, (await ReceiveOneAsync(Plain)).DeliveryCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_its_last_delivery_a_message_is_a_dead_letter(bool abandoned)
    {
        await SendAsync(Plain, Message("a"));
        for (var delivery = 1; delivery <= MaxDeliveries; delivery++)
        {
            var received = await ReceiveOneAsync(Plain);
            Assert.Equal(delivery, received.DeliveryCount);
            if (abandoned)
                await Broker.AbandonAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);
            else
                Advance(LockDuration);
        }

        await AssertEmptyAsync(Plain);
        var dead = await ReceiveOneAsync(DeadLettersOf(Plain));
        Assert.Equal("a", Text(dead));
        Assert.Equal("MaxDeliveryCountExceeded", dead.Message.ApplicationProperties["DeadLetterReason"]);
        Assert.Equal(
            "Message could not be consumed after 3 delivery attempts.", dead.Message.ApplicationProperties["DeadLetterErrorDescription"]);
    }

    [Fact]
    public async Task A_message_is_dead_lettered_with_reason_description_and_properties()
    {
        var sent = Message("a") with { ApplicationProperties = new Dictionary<string, object?> { ["kept"] = 1L, ["changed"] = "before" } };
        await SendAsync(Plain, sent);
        var received = await ReceiveOneAsync(Plain);

        await Broker.DeadLetterAsync(
            Plain,
            received.LockToken!.Value,
            "AddressBlocked",
            "The host is private.",
            new Dictionary<string, object?> { ["changed"] = "after", ["added"] = true },
            Cancellation);

        await AssertEmptyAsync(Plain);
        var dead = await ReceiveOneAsync(DeadLettersOf(Plain));
        Assert.Equal("a", Text(dead));
        Assert.Equal(received.SequenceNumber, dead.SequenceNumber);
        Assert.Equal(Plain, dead.DeadLetterSource);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["kept"] = 1L,
                ["changed"] = "after",
                ["added"] = true,
                ["DeadLetterReason"] = "AddressBlocked",
                ["DeadLetterErrorDescription"] = "The host is private.",
            },
            dead.Message.ApplicationProperties);
        await AssertLockLostAsync(Plain, received);
    }

    [Fact]
    public async Task A_dead_letter_may_be_delivered_any_number_of_times()
    {
        await DeadLetterAsync("a");

        for (var delivery = 1; delivery <= MaxDeliveries * 3; delivery++)
        {
            var dead = await ReceiveOneAsync(DeadLettersOf(Plain));
            await Broker.AbandonAsync(DeadLettersOf(Plain), dead.LockToken!.Value, cancellationToken: Cancellation);
        }

        Assert.Equal("a", Text(await PeekOneAsync(DeadLettersOf(Plain))));
    }

    [Fact]
    public async Task A_dead_letter_is_completed()
    {
        await DeadLetterAsync("a");
        var dead = await ReceiveOneAsync(DeadLettersOf(Plain));
        await Broker.RenewLockAsync(DeadLettersOf(Plain), dead.LockToken!.Value, Cancellation);

        await Broker.CompleteAsync(DeadLettersOf(Plain), dead.LockToken!.Value, Cancellation);

        await AssertEmptyAsync(DeadLettersOf(Plain));
    }

    [Fact]
    public async Task A_dead_letter_is_deferred()
    {
        await DeadLetterAsync("a");
        var dead = await ReceiveOneAsync(DeadLettersOf(Plain));

        await Broker.DeferAsync(DeadLettersOf(Plain), dead.LockToken!.Value, cancellationToken: Cancellation);

        Assert.Empty(await ReceiveAsync(DeadLettersOf(Plain)));
        Assert.Single(await Broker.ReceiveDeferredAsync(DeadLettersOf(Plain), [dead.SequenceNumber], cancellationToken: Cancellation));
    }

    [Fact]
    public async Task The_dead_letter_queue_is_named_in_any_case()
    {
        await DeadLetterAsync("a");

        Assert.Equal("a", Text(await PeekOneAsync($"{Plain.ToUpperInvariant()}/$DeadLetterQueue")));
    }

    [Fact]
    public async Task A_deferred_message_is_received_by_its_number_only()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);

        await Broker.DeferAsync(Plain, received.LockToken!.Value, new Dictionary<string, object?> { ["waits for"] = "b" }, Cancellation);

        Assert.Empty(await ReceiveAsync(Plain));
        Assert.Equal(MessageState.Deferred, (await PeekOneAsync(Plain)).State);
        var deferred = Assert.Single(await Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation));
        Assert.Equal("a", Text(deferred));
        Assert.Equal("b", deferred.Message.ApplicationProperties["waits for"]);
        await Broker.CompleteAsync(Plain, deferred.LockToken!.Value, Cancellation);
        await AssertEmptyAsync(Plain);
    }

    [Fact]
    public async Task An_abandoned_deferred_message_stays_deferred()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        await Broker.DeferAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);
        var deferred = Assert.Single(await Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation));

        await Broker.AbandonAsync(Plain, deferred.LockToken!.Value, cancellationToken: Cancellation);

        Assert.Empty(await ReceiveAsync(Plain));
        Assert.Single(await Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_deferred_message_that_is_locked_is_not_found()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        await Broker.DeferAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);
        await Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation);

        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound,
            () => Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber], cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Deferred_messages_are_received_all_or_none()
    {
        await SendAsync(Plain, Message("a"));
        var received = await ReceiveOneAsync(Plain);
        await Broker.DeferAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);

        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound,
            () => Broker.ReceiveDeferredAsync(Plain, [received.SequenceNumber, 99], cancellationToken: Cancellation));

        var deferred = await Broker.ReceiveDeferredAsync(
            Plain, [received.SequenceNumber], ReceiveMode.ReceiveAndDelete, Cancellation);
        Assert.Equal("a", Text(Assert.Single(deferred)));
        await AssertEmptyAsync(Plain);
    }

    [Fact]
    public async Task An_active_message_is_not_received_as_a_deferred_one()
    {
        await SendAsync(Plain, Message("a"));
        var number = (await PeekOneAsync(Plain)).SequenceNumber;

        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound, () => Broker.ReceiveDeferredAsync(Plain, [number], cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_scheduled_message_is_received_at_its_time_and_under_a_new_number()
    {
        var at = Now + TimeSpan.FromSeconds(5);
        var number = Assert.Single(await Broker.ScheduleAsync(Plain, [Message("later")], at, Cancellation));
        await SendAsync(Plain, Message("now"));

        Advance(TimeSpan.FromSeconds(5) - Instant);
        Assert.Equal("now", Text(Assert.Single(await ReceiveAsync(Plain, 10))));

        Advance(Instant);
        var received = await ReceiveOneAsync(Plain);
        Assert.Equal("later", Text(received));
        Assert.True(received.SequenceNumber > number + 1);
        Assert.Equal(number, received.EnqueuedSequenceNumber);
        Assert.Equal(at, received.EnqueuedTime);
        Assert.Equal(at, received.Message.ScheduledEnqueueTime);
        Assert.Equal(1, received.DeliveryCount);
    }

    [Fact]
    public async Task A_message_is_scheduled_by_its_own_property_too()
    {
        await SendAsync(Plain, Message("a") with { ScheduledEnqueueTime = Now + TimeSpan.FromSeconds(5) });

        Assert.Empty(await ReceiveAsync(Plain));
        Advance(TimeSpan.FromSeconds(5));
        await ReceiveOneAsync(Plain);
    }

    [Fact]
    public async Task A_message_scheduled_for_the_past_is_there_at_once()
    {
        await Broker.ScheduleAsync(Plain, [Message("a")], Now - TimeSpan.FromDays(1), Cancellation);

        await ReceiveOneAsync(Plain);
    }

    [Fact]
    public async Task Scheduled_messages_become_active_in_the_order_of_their_times()
    {
        await Broker.ScheduleAsync(Plain, [Message("second")], Now + TimeSpan.FromSeconds(20), Cancellation);
        await Broker.ScheduleAsync(Plain, [Message("first")], Now + TimeSpan.FromSeconds(10), Cancellation);

        Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(["first", "second"], (await ReceiveAsync(Plain, 10)).Select(Text));
    }

    [Fact]
    public async Task A_cancelled_scheduled_message_never_comes()
    {
        var numbers = await Broker.ScheduleAsync(Plain, [Message("a"), Message("b")], Now + TimeSpan.FromSeconds(5), Cancellation);

        await Broker.CancelScheduledAsync(Plain, [numbers[0]], Cancellation);

        Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("b", Text(Assert.Single(await ReceiveAsync(Plain, 10))));
    }

    [Fact]
    public async Task Scheduled_messages_are_cancelled_all_or_none()
    {
        var numbers = await Broker.ScheduleAsync(Plain, [Message("a")], Now + TimeSpan.FromSeconds(5), Cancellation);

        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound, () => Broker.CancelScheduledAsync(Plain, [numbers[0], 99], Cancellation));

        Advance(TimeSpan.FromSeconds(5));
        await ReceiveOneAsync(Plain);
    }

    [Fact]
    public async Task A_scheduled_message_whose_time_has_come_is_not_cancelled()
    {
        var numbers = await Broker.ScheduleAsync(Plain, [Message("a")], Now + TimeSpan.FromSeconds(5), Cancellation);
        Advance(TimeSpan.FromSeconds(5));

        await AssertRefusedAsync(BrokerErrorReason.MessageNotFound, () => Broker.CancelScheduledAsync(Plain, numbers, Cancellation));
    }

    [Fact]
    public async Task A_duplicate_is_accepted_and_dropped()
    {
        await SendAsync(Unique, Message("first", "id"));

        await SendAsync(Unique, Message("second", "id"));

        Assert.Equal("first", Text(await PeekOneAsync(Unique)));
    }

    [Fact]
    public async Task A_duplicate_of_a_message_that_is_gone_is_a_duplicate_still()
    {
        await SendAsync(Unique, Message("first", "id"));
        await ReceiveAsync(Unique, mode: ReceiveMode.ReceiveAndDelete);

        await SendAsync(Unique, Message("second", "id"));

        await AssertEmptyAsync(Unique);
    }

    [Fact]
    public async Task A_duplicate_within_one_batch_is_dropped()
    {
        await SendAsync(Unique, Message("a", "1"), Message("b", "2"), Message("c", "1"));

        Assert.Equal(["a", "b"], (await ReceiveAsync(Unique, 10)).Select(Text));
    }

    [Fact]
    public async Task A_duplicate_of_a_scheduled_message_is_dropped()
    {
        await Broker.ScheduleAsync(Unique, [Message("scheduled", "id")], Now + TimeSpan.FromSeconds(5), Cancellation);

        await SendAsync(Unique, Message("sent", "id"));

        Assert.Equal("scheduled", Text(await PeekOneAsync(Unique)));
    }

    [Fact]
    public async Task A_scheduled_duplicate_is_dropped()
    {
        await SendAsync(Unique, Message("sent", "id"));

        Assert.Single(await Broker.ScheduleAsync(Unique, [Message("scheduled", "id")], Now + TimeSpan.FromSeconds(5), Cancellation));

        Assert.Equal("sent", Text(await PeekOneAsync(Unique)));
    }

    [Fact]
    public async Task A_message_id_is_forgotten_when_its_window_is_over_and_not_before()
    {
        await SendAsync(Unique, Message("first", "id"));

        Advance(Window - Instant);
        await SendAsync(Unique, Message("too early", "id"));
        Advance(Instant);
        await SendAsync(Unique, Message("second", "id"));

        Assert.Equal(["first", "second"], (await ReceiveAsync(Unique, 10)).Select(Text));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_message_without_an_id_is_never_a_duplicate(string? id)
    {
        await SendAsync(Unique, Message("a", id));
        await SendAsync(Unique, Message("b", id));

        Assert.Equal(["a", "b"], (await ReceiveAsync(Unique, 10)).Select(Text));
    }

    [Fact]
    public async Task Message_ids_are_told_apart_by_case_and_by_every_character()
    {
        string[] ids = ["id", "ID", "id ", " id", "id\0", "id\0x", "ïd", "i\u0308d"];

        await SendAsync(Unique, [.. ids.Select(id => Message(id, id))]);

        Assert.Equal(ids, (await ReceiveAsync(Unique, 10)).Select(message => message.Message.MessageId));
    }

    [Fact]
    public async Task A_queue_without_duplicate_detection_keeps_every_message()
    {
        await SendAsync(Plain, Message("a", "id"));
        await SendAsync(Plain, Message("b", "id"));

        Assert.Equal(2, (await ReceiveAsync(Plain, 10)).Count);
    }

    [Fact]
    public async Task The_id_of_a_message_in_another_queue_is_no_duplicate()
    {
        await SendAsync(Unique, Message("a", "id"));
        await SendAsync(Expiring, Message("b", "id"));

        Assert.Equal("b", Text(await ReceiveOneAsync(Expiring)));
    }

    [Fact]
    public async Task An_expired_message_is_a_dead_letter()
    {
        await SendAsync(Expiring, Message("a"));

        Advance(TimeToLive - Instant);
        await PeekOneAsync(Expiring);
        Advance(Instant);

        await AssertEmptyAsync(Expiring);
        var dead = await ReceiveOneAsync(DeadLettersOf(Expiring));
        Assert.Equal("a", Text(dead));
        Assert.Equal("TTLExpiredException", dead.Message.ApplicationProperties["DeadLetterReason"]);
        Assert.Equal("The message expired and was dead lettered.", dead.Message.ApplicationProperties["DeadLetterErrorDescription"]);
    }

    [Fact]
    public async Task An_expired_message_is_gone_where_expiry_does_not_dead_letter()
    {
        await SendAsync(Forgetful, Message("a"));

        Advance(TimeToLive);

        await AssertEmptyAsync(Forgetful);
        await AssertEmptyAsync(DeadLettersOf(Forgetful));
    }

    [Fact]
    public async Task A_message_lives_no_longer_than_its_queue_allows()
    {
        await SendAsync(Expiring, Message("a") with { TimeToLive = TimeToLive * 2 }, Message("b") with { TimeToLive = TimeToLive / 2 });

        var expiries = (await Broker.PeekAsync(Expiring, 0, 10, Cancellation)).Select(message => message.ExpiresAt);

        Assert.Equal([Now + TimeToLive, Now + (TimeToLive / 2)], expiries);
    }

    [Fact]
    public async Task A_scheduled_message_lives_from_its_time_on()
    {
        await Broker.ScheduleAsync(Expiring, [Message("a")], Now + (TimeToLive * 2), Cancellation);

        Advance(TimeToLive * 2);

        Assert.Equal(Now + TimeToLive, (await PeekOneAsync(Expiring)).ExpiresAt);
    }

    [Fact]
    public async Task A_locked_message_expires_only_when_it_comes_back()
    {
        await SendAsync(Expiring, Message("completed"), Message("abandoned"));
        Advance(TimeToLive - Instant);
        var locked = await ReceiveAsync(Expiring, 10);
        Advance(Instant);

        await Broker.CompleteAsync(Expiring, locked[0].LockToken!.Value, Cancellation);
        await Broker.AbandonAsync(Expiring, locked[1].LockToken!.Value, cancellationToken: Cancellation);

        await AssertEmptyAsync(Expiring);
        Assert.Equal("abandoned", Text(await PeekOneAsync(DeadLettersOf(Expiring))));
    }

    [Fact]
    public async Task A_deferred_message_expires_only_when_it_is_asked_for()
    {
        await SendAsync(Expiring, Message("a"));
        var received = await ReceiveOneAsync(Expiring);
        await Broker.DeferAsync(Expiring, received.LockToken!.Value, cancellationToken: Cancellation);

        Advance(TimeToLive * 2);

        await PeekOneAsync(Expiring);
        await AssertRefusedAsync(
            BrokerErrorReason.MessageNotFound,
            () => Broker.ReceiveDeferredAsync(Expiring, [received.SequenceNumber], cancellationToken: Cancellation));
        await AssertEmptyAsync(Expiring);
        Assert.Equal("a", Text(await PeekOneAsync(DeadLettersOf(Expiring))));
    }

    [Fact]
    public async Task A_dead_letter_does_not_expire()
    {
        await SendAsync(Expiring, Message("a"));
        var received = await ReceiveOneAsync(Expiring);
        await Broker.DeadLetterAsync(Expiring, received.LockToken!.Value, cancellationToken: Cancellation);

        Advance(TimeToLive * 10);

        Assert.Equal("a", Text(await ReceiveOneAsync(DeadLettersOf(Expiring))));
    }

    [Fact]
    public async Task A_peek_shows_every_message_and_changes_none()
    {
        await SendAsync(Plain, Message("deferred"), Message("locked"), Message("active"));
        var first = await ReceiveAsync(Plain, 2);
        await Broker.DeferAsync(Plain, first[0].LockToken!.Value, cancellationToken: Cancellation);
        await Broker.ScheduleAsync(Plain, [Message("scheduled")], Now + TimeSpan.FromHours(1), Cancellation);

        var peeked = await Broker.PeekAsync(Plain, 0, 10, Cancellation);

        Assert.Equal(["deferred", "locked", "active", "scheduled"], peeked.Select(Text));
        Assert.Equal(
            [MessageState.Deferred, MessageState.Active, MessageState.Active, MessageState.Scheduled], peeked.Select(message => message.State));
        Assert.All(peeked, message => Assert.Null(message.LockToken));
        await Broker.CompleteAsync(Plain, first[1].LockToken!.Value, Cancellation);
        Assert.Equal(1, Assert.Single(await ReceiveAsync(Plain, 10)).DeliveryCount);
    }

    [Fact]
    public async Task A_peek_goes_on_from_a_number()
    {
        await SendAsync(Plain, Message("a"), Message("b"), Message("c"));
        var first = Assert.Single(await Broker.PeekAsync(Plain, 0, 1, Cancellation));

        var rest = await Broker.PeekAsync(Plain, first.SequenceNumber + 1, 10, Cancellation);

        Assert.Equal(["b", "c"], rest.Select(Text));
    }

    [Fact]
    public async Task A_peek_counts_the_deliveries_that_were_in_vain()
    {
        await SendAsync(Plain, Message("a"));
        Assert.Equal(0, (await PeekOneAsync(Plain)).DeliveryCount);

        var received = await ReceiveOneAsync(Plain);
        await Broker.AbandonAsync(Plain, received.LockToken!.Value, cancellationToken: Cancellation);

        Assert.Equal(1, (await PeekOneAsync(Plain)).DeliveryCount);
    }

    [Fact]
    public async Task A_batch_above_the_limit_leaves_nothing_behind()
    {
        var half = new BrokerMessage { Body = new byte[QueueOptions.StandardMaxMessageBytes / 2] };

        await AssertRefusedAsync(BrokerErrorReason.MessageSizeExceeded, () => SendAsync(Plain, half, half));

        await AssertEmptyAsync(Plain);
        await SendAsync(Plain, half);
    }

    [Fact]
    public async Task A_message_above_the_limit_is_refused()
    {
        var tooLarge = new BrokerMessage { Body = new byte[QueueOptions.StandardMaxMessageBytes] };

        await AssertRefusedAsync(BrokerErrorReason.MessageSizeExceeded, () => SendAsync(Plain, tooLarge));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("nowhere/$deadletterqueue")]
    [InlineData("plain/$management")]
    public async Task An_unknown_queue_is_not_found(string queue)
    {
        await AssertRefusedAsync(BrokerErrorReason.MessagingEntityNotFound, () => SendAsync(queue, Message("a")));
        await AssertRefusedAsync(BrokerErrorReason.MessagingEntityNotFound, () => ReceiveAsync(queue));
        await AssertRefusedAsync(BrokerErrorReason.MessagingEntityNotFound, () => Broker.PeekAsync(queue, 0, 1, Cancellation));
    }

    [Fact]
    public async Task Competing_consumers_get_every_message_once()
    {
        const int Messages = 2_000;
        var received = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var consumers = Enumerable.Range(0, 3).Select(_ => Task.Run(ConsumeAsync, Cancellation)).ToList();

        foreach (var batch in Enumerable.Range(0, Messages).Chunk(50))
            await SendAsync(Plain, [.. batch.Select(i => Message($"{i}"))]);

        await Task.WhenAll(consumers).WaitAsync(Bound, Cancellation);
        Assert.Equal(Enumerable.Range(0, Messages), received.Select(int.Parse).Order());
        await AssertEmptyAsync(Plain);

        async Task ConsumeAsync()
        {
            try
            {
                while (true)
                {
                    foreach (var message in await Broker.ReceiveAsync(Plain, 7, Timeout.InfiniteTimeSpan, cancellationToken: done.Token))
                    {
                        await Broker.CompleteAsync(Plain, message.LockToken!.Value, Cancellation);
                        received.Add(Text(message));
                        if (received.Count >= Messages)
                            await done.CancelAsync();
                    }
                }
            }
            catch (OperationCanceledException) when (done.IsCancellationRequested)
            {
                // Everything has come.
            }
        }
    }

    private async Task DeadLetterAsync(string text)
    {
        await SendAsync(Plain, Message(text));
        var received = await ReceiveOneAsync(Plain);
        await Broker.DeadLetterAsync(Plain, received.LockToken!.Value, "Reason", "Description", cancellationToken: Cancellation);
    }
}
