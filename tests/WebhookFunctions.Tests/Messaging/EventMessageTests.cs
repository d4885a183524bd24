using System.Text.Json;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Messaging;

public sealed class EventMessageTests
{
    private static readonly DateTimeOffset ReceivedAt = new(2026, 1, 22, 12, 0, 0, 123, TimeSpan.Zero);

    /// <summary>Ids for theories, which refer to them by index because an attribute cannot contain a lone surrogate.</summary>
    private static readonly string[] Ids = ["msg_1", "a/b c%?#", "\ud800", "half\udc00way/r2", "\ufffd"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_event_is_read_from_the_queue_as_it_was_sent(int id)
    {
        var sent = Message(Ids[id]) with { ContentType = "application/json", ClaimCheck = "gemini/x.json" };

        var read = Read(sent);

        Assert.Equal(sent.Key, read.Key);
        Assert.Equal(sent.ReceivedAt, read.ReceivedAt);
        Assert.Equal(sent.Coverage, read.Coverage);
        Assert.Equal(sent.Body.ToArray(), read.Body.ToArray());
        Assert.Equal(sent.ContentType, read.ContentType);
        Assert.Equal(sent.ClaimCheck, read.ClaimCheck);
        Assert.Equal(sent.Receipt, read.Receipt);
        Assert.Equal(0, read.Attempt);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void The_proof_of_an_event_besides_its_signature_is_sent_with_its_message(bool hasToken, bool isSharedKey)
    {
        using var body = JsonDocument.Parse("{}");

        var received = Read(Message("msg_1") with { HasToken = hasToken, IsSharedKey = isSharedKey }).ToReceived(body.RootElement);

        Assert.Equal((hasToken, isSharedKey), (received.HasToken, received.IsSharedKey));
        Assert.Equal((EventKey.Create("gemini", "msg_1"), ReceivedAt), (received.Key, received.ReceivedAt));
    }

    [Fact]
    public void The_message_id_is_the_provider_and_the_digest_of_the_webhook_id() =>
        // printf msg_1 | sha256sum
        Assert.Equal("gemini:116b88f173007be5e05df2a87105f0950bef284d0ceca39951e9bae80706ac45", Message("msg_1").ToMessage().MessageId);

    [Fact]
    public void Ids_that_differ_only_in_a_lone_surrogate_have_different_message_ids_and_partitions()
    {
        var one = EventKey.Create("sync", "\ud800");
        var other = EventKey.Create("sync", "\ud801");

        Assert.Equal(one.WebhookId, other.WebhookId);
        Assert.NotEqual(one.MessageId, other.MessageId);
        Assert.NotEqual(one.PartitionKey, other.PartitionKey);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_later_attempt_has_a_new_id_with_the_prefix_of_the_first(int id)
    {
        var first = Message(Ids[id]);
        var second = Read(first) with { Attempt = 1 };
        var third = Read(second) with { Attempt = 2, FirstAttemptAt = ReceivedAt.AddHours(1) };

        Assert.Equal(first.Key.MessageId + "/r1", second.ToMessage().MessageId);
        Assert.Equal(first.Key.MessageId + "/r2", third.ToMessage().MessageId);
        Assert.Equal((2, ReceivedAt.AddHours(1)), (Read(third).Attempt, Read(third).FirstAttemptAt));
        Assert.Null(Read(second).FirstAttemptAt);
        Assert.Null(Read(third).Replayed(7).FirstAttemptAt);
        Assert.Equal(first.Key, Read(third).Key);
    }

    [Fact]
    public void The_attempts_of_a_replay_have_other_ids_than_the_original_ones()
    {
        var first = Message("msg_1");
        var replayed = Read(first) with { MessageIdPrefix = first.Key.MessageId + "/p7" };

        Assert.Equal(first.Key.MessageId + "/p7", replayed.ToMessage().MessageId);
        Assert.Equal(first.Key.MessageId + "/p7/r1", (Read(replayed) with { Attempt = 1 }).ToMessage().MessageId);
        Assert.Equal(first.Key.MessageId + "/p7/r2", (Read(Read(replayed) with { Attempt = 1 }) with { Attempt = 2 }).ToMessage().MessageId);
    }

    [Theory]
    [InlineData(MessageProperties.Provider)]
    [InlineData(MessageProperties.Space)]
    [InlineData(MessageProperties.WebhookId)]
    [InlineData(MessageProperties.ReceivedAt)]
    [InlineData(MessageProperties.Coverage)]
    [InlineData(MessageProperties.BodySha256)]
    public void A_message_without_one_of_its_properties_is_unreadable(string property)
    {
        var message = Message("msg_1").ToMessage();
        message.ApplicationProperties.Remove(property);

        Assert.Null(EventMessage.TryRead(Received(message)));
    }

    [Fact]
    public void A_message_carries_the_digest_of_its_body() =>
        // printf '{"\xff}' | sha256sum
        Assert.Equal(
            "2df3d932c09cddba741fcdb30e6cc16789aa5636c229ebfd67a6930f3475e3e8", Message("msg_1").ToMessage().ApplicationProperties[MessageProperties.BodySha256]);

    [Fact]
    public void Only_a_recovered_event_is_marked_as_recovered_in_its_message()
    {
        Assert.True(Read(Message("msg_1") with { IsRecovered = true }).IsRecovered);
        Assert.False(Read(Message("msg_1")).IsRecovered);
        Assert.DoesNotContain(MessageProperties.Recovered, Message("msg_1").ToMessage().ApplicationProperties.Keys);
        Assert.DoesNotContain(MessageProperties.Attempt, Message("msg_1").ToMessage().ApplicationProperties.Keys);

        var denied = Message("msg_1").ToMessage();
        denied.ApplicationProperties[MessageProperties.Recovered] = false;
        Assert.False(EventMessage.TryRead(Received(denied))!.IsRecovered);
    }

    [Fact]
    public void The_same_id_in_another_space_is_another_event()
    {
        string[] spaces = ["gemini", EventSpaces.Jwt("gemini"), EventSpaces.Recovered("gemini"), EventSpaces.Malformed("gemini")];
        var keys = spaces.Select(space => EventKey.Create(space, "msg_1")).ToList();

        Assert.Equal(["gemini", "gemini.jwt", "gemini.recovered", "gemini.malformed"], spaces);
        Assert.Equal(4, keys.Select(key => key.PartitionKey).Distinct().Count());
        Assert.Equal(4, keys.Select(key => key.MessageId).Distinct().Count());
        Assert.All(keys, key => Assert.Equal("gemini", key.Provider));
        Assert.All(keys, key => Assert.Equal(key, Read(Message("msg_1") with { Key = key }).Key));
    }

    [Theory]
    [InlineData("msg_1")]
    [InlineData("späß/..%")]
    [InlineData("a:b:c")]
    public void A_key_that_is_read_from_its_row_equals_the_key_that_was_written(string webhookId)
    {
        var key = EventKey.Create("gemini", webhookId);

        Assert.Equal(key, EventKey.FromPartitionKey(webhookId, key.PartitionKey));
    }

    [Fact]
    public void A_key_whose_id_no_message_or_column_can_hold_is_read_from_its_partition()
    {
        var key = EventKey.Create("gemini", "a\ud800");

        var read = EventKey.FromPartitionKey("a\ufffd", key.PartitionKey);

        Assert.Equal((key.PartitionKey, "a\ufffd"), (read.PartitionKey, read.WebhookId));
        Assert.Equal(key.MessageId, read.MessageId);
    }

    [Fact]
    public void A_message_without_an_id_is_unreadable()
    {
        var message = Message("msg_1").ToMessage();

        Assert.Null(EventMessage.TryRead(ServiceBusModelFactory.ServiceBusReceivedMessage(message.Body, properties: message.ApplicationProperties)));
    }

    private static EventMessage Message(string webhookId) => new()
    {
        Key = EventKey.Create("gemini", webhookId),
        Coverage = SignatureCoverage.SenderOnly,
        ReceivedAt = ReceivedAt,
        Body = BinaryData.FromBytes(new byte[] { 0x7b, 0x22, 0xff, 0x7d }),
    };

    private static EventMessage Read(EventMessage message) => EventMessage.TryRead(Received(message.ToMessage()))!;

    private static ServiceBusReceivedMessage Received(ServiceBusMessage message) => ServiceBusModelFactory.ServiceBusReceivedMessage(
        message.Body, message.MessageId, contentType: message.ContentType, properties: message.ApplicationProperties);
}
