using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Amqp.DotNetSdk;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests of which work has a message on a queue, against a broker over AMQP.</summary>
public sealed class QueueBacklogTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly EventKey Key = EventKey.Create("gemini", "id");

    [Fact]
    public async Task An_empty_queue_holds_no_work()
    {
        await using var bench = Open(QueueNames.AssetDownloads);

        var contents = await ReadAsync(bench, QueueNames.AssetDownloads);

        Assert.True(contents.IsComplete);
        Assert.Empty(contents.Work);
    }

    [Fact]
    public async Task Work_with_an_active_locked_deferred_or_scheduled_message_is_found_on_every_page()
    {
        await using var bench = Open(QueueNames.AssetDownloads);
        var sender = bench.Client.CreateSender(QueueNames.AssetDownloads);
        await QueueSenders.SendAllAsync(sender, Enumerable.Range(0, 250).Select(i => Asset(i).ToMessage()), SdkBench.Cancellation);
        await sender.ScheduleMessageAsync(Asset(250).ToMessage(), TimeProvider.System.GetUtcNow().AddHours(1), SdkBench.Cancellation);
        await using var receiver = bench.Client.CreateReceiver(QueueNames.AssetDownloads);
        var held = await receiver.ReceiveMessageAsync(cancellationToken: SdkBench.Cancellation);
        await receiver.DeferMessageAsync(held, cancellationToken: SdkBench.Cancellation);
        await receiver.ReceiveMessageAsync(cancellationToken: SdkBench.Cancellation);

        var contents = await ReadAsync(bench, QueueNames.AssetDownloads);

        Assert.True(contents.IsComplete);
        Assert.Equal(Enumerable.Range(0, 251).Select(Work), contents.Work.Order(StringComparer.Ordinal));
        Assert.False(contents.MayHold(Work(251)));
    }

    [Fact]
    public async Task A_queue_with_too_many_messages_may_hold_any_work()
    {
        await using var bench = Open(QueueNames.AssetDownloads);
        await QueueSenders.SendAllAsync(
            bench.Client.CreateSender(QueueNames.AssetDownloads),
            Enumerable.Repeat(0, QueueBacklog.MaxPeeked + 1).Select(i => Asset(i).ToMessage()),
            SdkBench.Cancellation);

        Assert.True((await ReadAsync(bench, QueueNames.AssetDownloads)).MayHold(Work(1)));
    }

    public static TheoryData<string, string, bool, bool> Unread => new()
    {
        // Queue, message, whether the event or asset itself may have a message, whether others may.
        { QueueNames.AssetDownloads, "its assurance is of a newer version", true, false },
        { QueueNames.AssetDownloads, "its kind of content is of a newer version", true, false },
        { QueueNames.AssetDownloads, "it has values that a newer version added", true, false },
        { QueueNames.AssetDownloads, "it lacks a value", true, false },
        { QueueNames.AssetDownloads, "it names no row", true, true },
        { QueueNames.AssetDownloads, "its body is no JSON", true, true },
        { QueueNames.AssetDownloads, "the app did not send it", false, false },
        { QueueNames.WebhookEvents, "its coverage is of a newer version", true, false },
        { QueueNames.WebhookEvents, "it lacks a value", true, false },
        { QueueNames.WebhookEvents, "it names no event", true, true },
        { QueueNames.WebhookEvents, "the app did not send it", false, false },
        { QueueNames.JobNotifications, "it is readable", true, false },
        { QueueNames.JobNotifications, "its body is no JSON", true, true },
        { QueueNames.JobNotifications, "the app did not send it", false, false },
    };

    [Theory]
    [MemberData(nameof(Unread))]
    public async Task An_unreadable_message_conceals_only_the_work_that_it_may_belong_to(string queue, string message, bool mayHoldIts, bool mayHoldOthers)
    {
        await using var bench = Open(queue);
        var (sent, row) = queue switch
        {
            QueueNames.AssetDownloads => (AssetThat(message), Asset(0).Row),
            QueueNames.JobNotifications => (NotificationThat(message), Owed.Row),
            _ => (EventThat(message), null),
        };
        await bench.Client.CreateSender(queue).SendMessageAsync(sent, SdkBench.Cancellation);

        var contents = await ReadAsync(bench, queue);

        Assert.Equal(
            (mayHoldIts, mayHoldOthers),
            (contents.MayHold(QueueBacklog.KeyOf(Key.PartitionKey, row)), contents.MayHold(QueueBacklog.KeyOf("gemini:other", row))));
    }

    private static NotificationMessage Owed { get; } =
        new() { Event = Key, Row = "notification:succeeded-0:queue", JobId = "job", NotificationId = "n", Target = "queue" };

    private static AssetMessage Asset(int number) => new()
    {
        Event = Key,
        Row = AssetRow.KeyOf(number),
        JobId = "job",
        Source = new AssetSource { Name = "video", Url = "https://example.com/" },
        Assurance = Assurance.Signed,
        ReceivedAt = Now,
        QueuedAt = Now,
    };

    private static string Work(int number) => QueueBacklog.KeyOf(Key.PartitionKey, Asset(number).Row);

    private static ServiceBusMessage AssetThat(string what)
    {
        var message = Asset(0).ToMessage();
        var body = JsonNode.Parse(message.Body)!.AsObject();
        switch (what)
        {
            case "its assurance is of a newer version":
                body["assurance"] = "Notarized";
                break;
            case "its kind of content is of a newer version":
                body["source"]!["kind"] = "Hologram";
                break;
            case "it has values that a newer version added":
                (body["added"], body["event"]!["added"]) = (1, 2);
                break;
            case "it lacks a value":
                body.Remove("source");
                break;
            case "it names no row":
                body.Remove("row");
                break;
            default:
                return Foreign(message, what);
        }

        message.Body = BinaryData.FromString(body.ToJsonString());
        return message;
    }

    private static ServiceBusMessage EventThat(string what)
    {
        var message = new EventMessage { Key = Key, Coverage = SignatureCoverage.RawBody, ReceivedAt = Now, Body = BinaryData.FromString("{}") }.ToMessage();
        switch (what)
        {
            case "its coverage is of a newer version":
                message.ApplicationProperties[MessageProperties.Coverage] = "HalfTheBody";
                break;
            case "it lacks a value":
                message.ApplicationProperties.Remove(MessageProperties.ReceivedAt);
                break;
            case "it names no event":
                message.ApplicationProperties.Remove(MessageProperties.WebhookId);
                break;
            default:
                return Foreign(message, what);
        }

        return message;
    }

    private static ServiceBusMessage NotificationThat(string what) =>
        what == "it is readable" ? Owed.ToMessage() : Foreign(Owed.ToMessage(), what);

    private static ServiceBusMessage Foreign(ServiceBusMessage message, string what)
    {
        if (what == "the app did not send it")
        {
            return new ServiceBusMessage("hello");
        }

        Assert.Equal("its body is no JSON", what);
        message.Body = BinaryData.FromString("hello");
        return message;
    }

    private static SdkBench Open(string queue) => SdkBench.Open(declared => declared with { Name = queue });

    private static Task<QueueContents> ReadAsync(SdkBench bench, string queue) => new QueueBacklog(bench.Client).ReadAsync(queue, SdkBench.Cancellation);
}
