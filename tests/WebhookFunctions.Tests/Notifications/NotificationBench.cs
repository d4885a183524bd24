using System.Text;
using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Notifications;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Notifications;

/// <summary>
/// Bench with the app's services that processes an event's messages in all three queues. Like a broker, it delivers messages in the order in which
/// they were sent, and redelivers unsettled ones under a new lock.
/// </summary>
internal sealed class NotificationBench : IAsyncDisposable
{
    private readonly List<Waiting> _waiting = [];
    private readonly Dictionary<string, int> _collected = [];
    private long _sequenceNumbers;

    private NotificationBench(AssetBench app) => App = app;

    public AssetBench App { get; }

    public List<Settlement.DeadLetter> DeadLetters { get; } = [];

    /// <summary>Gets or sets a function that returns whether the process crashes before it settles a message. It is called once for each message.</summary>
    public Func<bool> CrashesBeforeSettling { get; set; } = static () => false;

    /// <summary>Gets the messages that were sent to the queue <c>job-results</c>.</summary>
    public IReadOnlyList<ServiceBusMessage> Results => App.Broker.Sender(QueueNames.JobResults).Sent;

    public static async Task<NotificationBench> CreateAsync(
        AzuriteFixture azurite, IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? replace = null) =>
        new(await AssetBench.CreateAsync(azurite, settings, replace));

    /// <summary>Parses a message of the queue <c>job-results</c>.</summary>
    public static JsonNode Read(ServiceBusMessage message) => JsonNode.Parse(message.Body.ToString())!;

    /// <summary>Receives a webhook with this content.</summary>
    public void Receive(GenerationEvent generation, DateTimeOffset? receivedAt = null)
    {
        App.Provider.Interpretation = _ => generation;
        Add(QueueNames.WebhookEvents, new EventMessage
        {
            Key = App.Key,
            Coverage = SignatureCoverage.RawBody,
            ReceivedAt = receivedAt ?? TimeProvider.System.GetUtcNow(),
            Body = BinaryData.FromBytes(Encoding.UTF8.GetBytes("{}")),
        }.ToMessage());
    }

    /// <summary>Receives a webhook of the bench's job, with these links.</summary>
    public void Receive(JobStatus status, params string[] links) => Receive(new GenerationEvent
    {
        EventType = "test",
        JobId = App.JobId,
        Assurance = Assurance.Signed,
        Status = status,
        Assets = [.. links.Select((link, i) => new AssetSource { Name = $"asset-{i}", Url = link })],
    });

    /// <summary>Delivers messages until none is left.</summary>
    /// <param name="restart">Called after a delivery in which the process crashed.</param>
    public async Task RunAsync(Action? restart = null)
    {
        for (var i = 0; i < 500; i++)
        {
            Collect();
            if (_waiting.Count == 0)
            {
                return;
            }

            var next = _waiting[0];
            _waiting.RemoveAt(0);
            Settlement outcome;
            try
            {
                outcome = await DeliverAsync(next);
            }
            catch (ProcessDiedException)
            {
                outcome = new Settlement.LeaveLocked();
            }

            Collect();
            if (outcome is Settlement.LeaveLocked || CrashesBeforeSettling())
            {
                restart?.Invoke();
                _waiting.Add(next with { Deliveries = next.Deliveries + 1 });
            }
            else if (outcome is Settlement.DeadLetter letter)
            {
                DeadLetters.Add(letter);
                App.Broker.DeadLetters(next.Queue).Add(Read(next, letter));
            }
        }

        Assert.Fail("Messages are still being sent after the maximum number of deliveries.");
    }

    public async Task<List<NotificationRow>> RowsAsync() =>
        await App.Get<NotificationStore>().ListAsync(App.Key.PartitionKey, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => App.DisposeAsync();

    private void Add(string queue, ServiceBusMessage message) => _waiting.Add(new Waiting(queue, message, ++_sequenceNumbers, 1));

    // A process that crashed may have sent a message that the next process sends again.
    private void Collect()
    {
        foreach (var queue in QueueNames.Consumed)
        {
            var sent = App.Broker.Sender(queue).Sent;
            for (var i = _collected.GetValueOrDefault(queue); i < sent.Count; i++)
            {
                Add(queue, sent[i]);
            }

            _collected[queue] = sent.Count;
        }
    }

    private async Task<Settlement> DeliverAsync(Waiting waiting)
    {
        var message = Read(waiting);
        var delivery = new MessageDelivery(waiting.SequenceNumber, Guid.NewGuid().ToString(), waiting.Deliveries);
        return waiting.Queue switch
        {
            QueueNames.WebhookEvents => await App.Get<EventRecorder>().ProcessAsync(EventMessage.Read(message)!, delivery, CancellationToken.None),
            QueueNames.AssetDownloads => await App.DeliverAsync(AssetMessage.Read(message)!, delivery),
            _ => await App.Get<NotificationProcessor>().ProcessAsync(NotificationMessage.Read(message)!, CancellationToken.None),
        };
    }

    private static ServiceBusReceivedMessage Read(Waiting waiting, Settlement.DeadLetter? dead = null)
    {
        var properties = new Dictionary<string, object>(waiting.Message.ApplicationProperties);
        if (dead is not null)
        {
            (properties["DeadLetterReason"], properties["DeadLetterErrorDescription"]) = (dead.Reason, dead.Description);
        }

        return ServiceBusModelFactory.ServiceBusReceivedMessage(
            body: waiting.Message.Body, messageId: waiting.Message.MessageId, properties: properties, sequenceNumber: waiting.SequenceNumber);
    }

    private sealed record Waiting(string Queue, ServiceBusMessage Message, long SequenceNumber, int Deliveries);
}
