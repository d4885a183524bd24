using Azure;
using Azure.Messaging;
using Azure.Messaging.EventGrid;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Notifications;

/// <summary>Tests of notifications as events of Event Grid and as messages of the queue job-results.</summary>
public sealed class OtherTargetsTests(AzuriteFixture azurite)
{
    private static readonly Dictionary<string, string?> Topic = new() { ["Notify:EventGrid:topicEndpointUri"] = "https://topic.westeurope-1.eventgrid.azure.net/api/events" };

    [Fact]
    public async Task A_topic_gets_the_same_event_as_the_queue()
    {
        var topic = new FakeTopic();
        await using var bench = await NotificationBench.CreateAsync(
            azurite, new Dictionary<string, string?>(Topic) { ["Notify:Queue"] = "true" }, topic.Replace);
        bench.Receive(JobStatus.Succeeded);

        await bench.RunAsync();

        var published = Assert.Single(topic.Published);
        var message = Assert.Single(bench.Results);
        var notification = NotificationBench.Read(message);
        Assert.Equal(
            ((string?)notification["id"], (string?)notification["source"], (string?)notification["type"], (string?)notification["subject"], (string?)notification["dataschema"]),
            (published.Id, published.Source, published.Type, published.Subject, published.DataSchema));
        Assert.Equal(notification["data"]!.ToJsonString(), System.Text.Json.Nodes.JsonNode.Parse(published.Data!.ToString())!.ToJsonString());
        Assert.Equal((published.Id, "application/cloudevents+json", published.Type), (message.MessageId, message.ContentType, message.Subject));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(0)]
    public async Task An_unavailable_topic_is_retried(int status)
    {
        var topic = new FakeTopic { Failures = { new RequestFailedException(status, "Not now.") } };
        await using var bench = await NotificationBench.CreateAsync(azurite, Topic, topic.Replace);
        bench.Receive(JobStatus.Succeeded);

        await bench.RunAsync();

        Assert.Single(topic.Published);
        var row = Assert.Single(await bench.RowsAsync());
        Assert.Equal((NotificationState.Sent, 2), (row.State, row.Attempts));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    public async Task A_notification_that_a_topic_refuses_permanently_is_dead_lettered_at_once(int status)
    {
        var topic = new FakeTopic { Failures = { new RequestFailedException(status, "Never.") } };
        await using var bench = await NotificationBench.CreateAsync(azurite, Topic, topic.Replace);
        bench.Receive(JobStatus.Succeeded);

        await bench.RunAsync();

        Assert.Empty(topic.Published);
        Assert.Equal(nameof(DeadLetterReason.Refused), Assert.Single(bench.DeadLetters).Reason);
    }

    [Fact]
    public async Task A_notification_too_large_for_the_queue_is_not_retried()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Notify:Queue"] = "true" });
        bench.App.Broker.Sender(QueueNames.JobResults).BeforeSend =
            _ => throw new ServiceBusException("Too large.", ServiceBusFailureReason.MessageSizeExceeded);
        bench.Receive(JobStatus.Succeeded);

        await bench.RunAsync();

        Assert.Equal(nameof(DeadLetterReason.TooLarge), Assert.Single(bench.DeadLetters).Reason);
    }

    [Fact]
    public async Task An_unavailable_queue_is_retried()
    {
        await using var bench = await NotificationBench.CreateAsync(azurite, new Dictionary<string, string?> { ["Notify:Queue"] = "true" });
        var tries = 0;
        bench.App.Broker.Sender(QueueNames.JobResults).BeforeSend =
            _ => tries++ == 0 ? throw new ServiceBusException("Away.", ServiceBusFailureReason.ServiceCommunicationProblem) : Task.CompletedTask;
        bench.Receive(JobStatus.Succeeded);

        await bench.RunAsync();

        Assert.Single(bench.Results);
    }

    /// <summary>Topic that records the published events, after it has failed with the given exceptions.</summary>
    private sealed class FakeTopic : EventGridPublisherClient
    {
        public List<CloudEvent> Published { get; } = [];

        public List<Exception> Failures { get; } = [];

        public void Replace(IServiceCollection services) => services.AddSingleton(new Lazy<EventGridPublisherClient>(this));

        public override Task<Response> SendEventAsync(CloudEvent cloudEvent, CancellationToken cancellationToken = default)
        {
            if (Failures.Count > 0)
            {
                var failure = Failures[0];
                Failures.RemoveAt(0);
                throw failure;
            }

            Published.Add(cloudEvent);
            return Task.FromResult<Response>(null!);
        }
    }
}
