using EmbeddedServiceBus;

namespace WebhookFunctions.Tests.Broker;

public abstract partial class BrokerSuite
{
    [Fact]
    public async Task A_duplicate_is_accepted_and_dropped()
    {
        await SendAsync(DuplicateDetecting, Message("first", "id"));

        await SendAsync(DuplicateDetecting, Message("second", "id"));

        Assert.Equal("first", Text(await PeekOneAsync(DuplicateDetecting)));
    }

    [Fact]
    public async Task A_duplicate_of_a_completed_message_is_dropped()
    {
        await SendAsync(DuplicateDetecting, Message("first", "id"));
        await ReceiveAsync(DuplicateDetecting, mode: ReceiveMode.ReceiveAndDelete);

        await SendAsync(DuplicateDetecting, Message("second", "id"));

        await AssertEmptyAsync(DuplicateDetecting);
    }

    [Fact]
    public async Task A_duplicate_within_one_batch_is_dropped()
    {
        await SendAsync(DuplicateDetecting, Message("a", "1"), Message("b", "2"), Message("c", "1"));

        Assert.Equal(["a", "b"], (await ReceiveAsync(DuplicateDetecting, 10)).Select(Text));
    }

    [Fact]
    public async Task A_duplicate_of_a_scheduled_message_is_dropped()
    {
        await Broker.ScheduleAsync(DuplicateDetecting, [Message("scheduled", "id")], Now + TimeSpan.FromSeconds(5), Cancellation);

        await SendAsync(DuplicateDetecting, Message("sent", "id"));

        Assert.Equal("scheduled", Text(await PeekOneAsync(DuplicateDetecting)));
    }

    [Fact]
    public async Task A_scheduled_duplicate_is_dropped()
    {
        await SendAsync(DuplicateDetecting, Message("sent", "id"));

        Assert.Single(await Broker.ScheduleAsync(DuplicateDetecting, [Message("scheduled", "id")], Now + TimeSpan.FromSeconds(5), Cancellation));

        Assert.Equal("sent", Text(await PeekOneAsync(DuplicateDetecting)));
    }

    [Fact]
    public async Task A_message_id_is_remembered_for_the_window_and_no_longer()
    {
        await SendAsync(DuplicateDetecting, Message("first", "id"));

        Advance(Window - Instant);
        await SendAsync(DuplicateDetecting, Message("too early", "id"));
        Advance(Instant);
        await SendAsync(DuplicateDetecting, Message("second", "id"));

        Assert.Equal(["first", "second"], (await ReceiveAsync(DuplicateDetecting, 10)).Select(Text));
    }

    [Fact]
    public async Task A_message_without_an_id_is_never_a_duplicate()
    {
        await SendAsync(DuplicateDetecting, Message("a"));
        await SendAsync(DuplicateDetecting, Message("b"));

        Assert.Equal(["a", "b"], (await ReceiveAsync(DuplicateDetecting, 10)).Select(Text));
    }

    [Fact]
    public async Task Message_ids_differ_by_case_and_by_every_character()
    {
        string[] ids = ["id", "ID", "id ", " id", "id\0", "id\0x", "ïd", "i\u0308d"];

        await SendAsync(DuplicateDetecting, [.. ids.Select(id => Message(id, id))]);

        Assert.Equal(ids, (await ReceiveAsync(DuplicateDetecting, 10)).Select(message => message.Message.MessageId));
    }

    [Fact]
    public async Task A_queue_without_duplicate_detection_keeps_every_message()
    {
        await SendAsync(Plain, Message("a", "id"));
        await SendAsync(Plain, Message("b", "id"));

        Assert.Equal(2, (await ReceiveAsync(Plain, 10)).Count);
    }

    [Fact]
    public async Task Each_queue_has_its_own_message_ids()
    {
        await SendAsync(DuplicateDetecting, Message("a", "id"));
        await SendAsync(DeadLetteringExpired, Message("b", "id"));

        Assert.Equal("b", Text(await ReceiveOneAsync(DeadLetteringExpired)));
    }
}
