using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Client whose senders record the messages, for tests of code that sends. Tests of a queue's behaviour use a broker.</summary>
internal sealed class CapturingServiceBus : ServiceBusClient
{
    private readonly ConcurrentDictionary<string, CapturingSender> _senders = new();
    private readonly ConcurrentDictionary<string, DeadLetterReceiver> _dead = new();

    public override ServiceBusSender CreateSender(string queueOrTopicName) => Sender(queueOrTopicName);

#pragma warning disable CA2215 // The base class would close a connection, which this object does not have.
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
#pragma warning restore CA2215

    /// <summary>Gets or sets what a receiver of any queue peeks from a sequence number on. By default there is nothing, as if all sent messages had
    /// been received.</summary>
    public Func<long, Task<IReadOnlyList<ServiceBusReceivedMessage>>> OnPeek { get; set; } = static _ => Task.FromResult<IReadOnlyList<ServiceBusReceivedMessage>>([]);

    /// <summary>Returns a receiver that only peeks.</summary>
    public override ServiceBusReceiver CreateReceiver(string queueName) => new PeekingReceiver(from => OnPeek(from));

    /// <summary>Returns the dead letters of a queue.</summary>
    public DeadLetterReceiver DeadLetters(string queue) => _dead.GetOrAdd(queue, _ => new DeadLetterReceiver());

    public override ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options) =>
        options.SubQueue == SubQueue.DeadLetter ? DeadLetters(queueName) : CreateReceiver(queueName);

    public CapturingSender Sender(string queue) => _senders.GetOrAdd(queue, name => new CapturingSender(name));
}

internal sealed class PeekingReceiver(Func<long, Task<IReadOnlyList<ServiceBusReceivedMessage>>> peek) : ServiceBusReceiver
{
    public override Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default) =>
        peek(fromSequenceNumber ?? 0).WaitAsync(cancellationToken);

    public override Task CloseAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}

/// <summary>Receiver of dead letters, which returns each of them, in their order, until it is completed. It locks those that it returns.</summary>
internal sealed class DeadLetterReceiver : ServiceBusReceiver
{
    private readonly List<ServiceBusReceivedMessage> _messages = [];
    private readonly HashSet<long> _locked = [];

    public int Count => _messages.Count;

    /// <summary>Gets or sets an exception that every peek throws; null for none.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Gets or sets an exception that every completion throws without an effect; null for none.</summary>
    public Exception? CompletionFailure { get; set; }

    public void Add(ServiceBusReceivedMessage message) => _messages.Add(message);

    public override Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default) => Failure is { } failure
        ? Task.FromException<IReadOnlyList<ServiceBusReceivedMessage>>(failure)
        : Task.FromResult<IReadOnlyList<ServiceBusReceivedMessage>>([.. _messages.Where(message => message.SequenceNumber >= fromSequenceNumber).Take(maxMessages)]);

    public override Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(
        int maxMessages, TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default)
    {
        ServiceBusReceivedMessage[] batch = [.. _messages.Where(message => !_locked.Contains(message.SequenceNumber)).Take(maxMessages)];
        _locked.UnionWith(batch.Select(message => message.SequenceNumber));
        return Task.FromResult<IReadOnlyList<ServiceBusReceivedMessage>>(batch);
    }

    public override Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        if (CompletionFailure is { } failure)
        {
            return Task.FromException(failure);
        }

        _messages.Remove(message);
        return Task.CompletedTask;
    }

    public override Task AbandonMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default)
    {
        Assert.True(_locked.Remove(message.SequenceNumber));
        return Task.CompletedTask;
    }

#pragma warning disable CA2215 // The base class would close a connection, which this object does not have.
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
#pragma warning restore CA2215
}

internal sealed class CapturingSender(string queue) : ServiceBusSender
{
    private readonly ConcurrentQueue<ServiceBusMessage> _sent = new();
    private readonly ConditionalWeakTable<ServiceBusMessageBatch, List<ServiceBusMessage>> _batches = [];

    public override string EntityPath => queue;

    public IReadOnlyList<ServiceBusMessage> Sent => [.. _sent];

    /// <summary>Gets or sets a function that is awaited before a send takes effect. It may throw or never complete.</summary>
    public Func<CancellationToken, Task> BeforeSend { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Gets or sets an action that is called with each message before <see cref="BeforeSend"/>, even if its send does not take effect.</summary>
    public Action<ServiceBusMessage> OnSend { get; set; } = static _ => { };

    public override async Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
    {
        messages = [.. messages];
        foreach (var message in messages)
        {
            OnSend(message);
        }

        await BeforeSend(cancellationToken);
        foreach (var message in messages)
        {
            // The body is copied, because its buffer may be reused after the send.
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
