using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>A namespace that keeps what is sent, in order, and delivers nothing.</summary>
internal sealed class RecordingQueue : ServiceBusClient
{
    private readonly List<ServiceBusMessage> _sent = [];

    /// <summary>Set while the broker is away.</summary>
    public bool IsAway { get; set; }

    public IReadOnlyList<ServiceBusMessage> Sent
    {
        get
        {
            lock (_sent)
            {
                return [.. _sent];
            }
        }
    }

    public override ServiceBusSender CreateSender(string queueOrTopicName) => new Sender(this);

    private void Add(IEnumerable<ServiceBusMessage> messages)
    {
        if (IsAway)
        {
            throw new ServiceBusException("The broker is away.", ServiceBusFailureReason.ServiceCommunicationProblem);
        }

        lock (_sent)
        {
            _sent.AddRange(messages);
        }
    }

    private sealed class Sender(RecordingQueue queue) : ServiceBusSender
    {
        private readonly List<ServiceBusMessage> _batch = [];

        public override Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
        {
            queue.Add(messages);
            return Task.CompletedTask;
        }

        public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) =>
            SendMessagesAsync([message], cancellationToken);

        public override Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default)
        {
            queue.Add(_batch);
            return Task.CompletedTask;
        }

        public override ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default)
        {
            _batch.Clear();
            return ValueTask.FromResult(ServiceBusModelFactory.ServiceBusMessageBatch(256 * 1024, _batch));
        }
    }
}
