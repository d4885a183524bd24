using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Messaging;

public sealed class RedriveTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("MaxDeliveryCountExceeded", null, true)]
    [InlineData("TTLExpiredException", null, true)]
    [InlineData("MaxDeliveryCountExceeded", 0.0, true)]
    [InlineData("MaxDeliveryCountExceeded", 23.9, true)]
    [InlineData("TTLExpiredException", 24.0, false)]
    [InlineData("MaxDeliveryCountExceeded", 500.0, false)]
    [InlineData("MaxDeliveryCountExceeded", -0.1, true)]
    [InlineData("CrashesWorker", null, false)]
    [InlineData("RetriesExhausted", 1.0, false)]
    [InlineData("", null, false)]
    [InlineData(null, null, false)]
    public void A_dead_letter_by_the_broker_is_re_driven_for_24_hours_from_the_first(string? reason, double? hours, bool isDue)
    {
        var last = hours is { } since ? new Redrive(3, Now - TimeSpan.FromHours(since), 5) : null;

        var next = Redrive.Next(reason, last, 9, Now);

        Assert.Equal(isDue ? new Redrive(last is null ? 1 : 4, last?.Since ?? Now, 9) : null, next);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 32)]
    [InlineData(7, 60)]
    [InlineData(1_000_000, 60)]
    public void The_waits_grow_from_a_minute_to_an_hour(int count, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), new Redrive(count, Now, 1).Delay);

    [Fact]
    public void A_re_driven_event_has_an_id_derived_from_its_dead_letter_that_does_not_grow_keeps_its_attempt_and_its_deadline_restarts()
    {
        var message = new EventMessage
        {
            Key = EventKey.Create("gemini.jwt", "id"),
            Coverage = SignatureCoverage.RawBody,
            ReceivedAt = Now,
            Body = BinaryData.FromString("{}"),
            Attempt = 5,
            Waits = 2,
            FirstAttemptAt = Now,
        };
        var longest = 0;
        for (var time = 1; time <= 30; time++)
        {
            var redrive = new Redrive(time, Now, long.MaxValue - 30 + time);
            var (once, twice) = (message.Redriven(redrive).ToMessage(), message.Redriven(redrive).ToMessage());
            Assert.Equal(once.MessageId, twice.MessageId);
            Assert.NotEqual(message.ToMessage().MessageId, once.MessageId);
            message = EventMessage.TryRead(Received(once))!;
            Assert.Equal((redrive, 5, 2, null), (message.Redrive, message.Attempt, message.Waits, message.FirstAttemptAt));
            Assert.Equal(once.MessageId, message.ToMessage().MessageId);
            longest = Math.Max(longest, once.MessageId.Length);
        }

        // The limit of Service Bus.
        Assert.InRange(longest, 1, 128);
        Assert.Null(message.Replayed(3).Redrive);
        Assert.DoesNotContain("/d", message.Replayed(3).ToMessage().MessageId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_re_driven_asset_keeps_its_attempt_and_its_deadline_restarts()
    {
        var message = new AssetMessage
        {
            Event = EventKey.Create("gemini", "id"),
            Row = "asset:00000",
            JobId = "job",
            Source = new AssetSource { Name = "video", Url = "https://example.com/" },
            Assurance = Assurance.Signed,
            ReceivedAt = Now,
            QueuedAt = Now - TimeSpan.FromDays(14),
            Attempt = 4,
            Continuation = 3,
        };
        var redrive = new Redrive(2, Now, 17);

        var sent = message.Redriven(redrive, Now).ToMessage();

        var read = AssetMessage.TryRead(Received(sent))!;
        Assert.Equal((redrive, Now, 4, 3), (read.Redrive, read.QueuedAt, read.Attempt, read.Continuation));
        Assert.NotEqual(message.ToMessage().MessageId, sent.MessageId);
        Assert.Null(read.Replayed(3, 1, Now).Redrive);
    }

    private static ServiceBusReceivedMessage Received(ServiceBusMessage message) => ServiceBusModelFactory.ServiceBusReceivedMessage(
        body: message.Body, messageId: message.MessageId, properties: message.ApplicationProperties);
}
