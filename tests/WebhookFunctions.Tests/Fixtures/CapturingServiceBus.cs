using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Client whose senders record what is sent, for tests of the code before a queue. Tests of a queue's behaviour use a broker.</summary>
internal sealed class CapturingServiceBus : ServiceBusClient
{
    private readonly ConcurrentDictionary<string, CapturingSender> _senders = new();
    private readonly ConcurrentDictionary<string, DeadLetterReceiver> _dead = new();

    public override ServiceBusSender CreateSender(string queueOrTopicName) => Sender(queueOrTopicName);

#pragma warning disable CA2215 // The base would close the connection of a client that has none.
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
#pragma warning restore CA2215

    /// <summary>A receiver that finds nothing: what was sent was taken at once.</summary>
    public override ServiceBusReceiver CreateReceiver(string queueName) => new EmptyReceiver();

    /// <summary>The dead letters of a queue.</summary>
    public DeadLetterReceiver DeadLetters(string queue) => _dead.GetOrAdd(queue, _ => new DeadLetterReceiver());

    public override ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options) =>
        options.SubQueue == SubQueue.DeadLetter ? DeadLetters(queueName) : new EmptyReceiver();

    public CapturingSender Sender(string queue) => _senders.GetOrAdd(queue, name => new CapturingSender(name));
}

internal sealed class EmptyReceiver : ServiceBusReceiver
{
    public override Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<ServiceBusReceivedMessage>>([]);

    public override Task CloseAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}

/// <summary>Dead letters in their order, which are received until they are completed.</summary>
internal sealed class DeadLetterReceiver : ServiceBusReceiver
{
    private readonly List<ServiceBusReceivedMessage> _messages = [];

    public int Count => _messages.Count;

    public void Add(ServiceBusReceivedMessage message) => _messages.Add(message);

    public override Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<ServiceBusReceivedMessage>>([.. _messages.Where(message => message.SequenceNumber >= fromSequenceNumber).Take(maxMessages)]);

    public override Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(
        int maxMessages, TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<ServiceBusReceivedMessage>>([.. _messages.Take(maxMessages)]);

    public override Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        _messages.Remove(message);
        return Task.CompletedTask;
    }

    public override Task AbandonMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default) => Task.CompletedTask;

#pragma warning disable CA2215 // The base would close the connection of a client that has none.
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
#pragma warning restore CA2215
}

internal sealed class CapturingSender(string queue) : ServiceBusSender
{
    private readonly ConcurrentQueue<ServiceBusMessage> _sent = new();
    private readonly ConditionalWeakTable<ServiceBusMessageBatch, List<ServiceBusMessage>> _batches = [];

    public override string EntityPath => queue;

    public IReadOnlyList<ServiceBusMessage> Sent => [.. _sent];

    /// <summary>Runs before a send takes effect; what it throws, or never finishing, is what the sender meets.</summary>
    public Func<CancellationToken, Task> BeforeSend { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Sees each message as it is given to the sender, also one whose send does not take effect.</summary>
    public Action<ServiceBusMessage> Given { get; set; } = static _ => { };

    public override async Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
    {
        messages = [.. messages];
        foreach (var message in messages)
        {
            Given(message);
        }

        await BeforeSend(cancellationToken);
        foreach (var message in messages)
        {
            // A body may be in a buffer that serves another message next, as on the wire.
            message.Body = BinaryData.FromBytes(message.Body.ToArray());
            _sent.Enqueue(message);
        }
    }

    public override ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default)
    {
        var store = new List<ServiceBusMessage>();
        var batch = ServiceBusModelFactory.ServiceBusMessageBatch(0, store, tryAddCallback: _ => store.Count < 100);
        _batches.Add(batch, store);
        return ValueTask.FromResult(batch);
    }

    public override Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default)
    {
        _batches.TryGetValue(messageBatch, out var messages);
        return SendMessagesAsync(messages!, cancellationToken);
    }
}
