using System.Collections.Concurrent;
using System.Threading.Channels;
using Amqp;
using Amqp.Framing;
using Amqp.Sasl;
using Amqp.Types;
using EmbeddedServiceBus.Amqp.Links;
using EmbeddedServiceBus.Amqp.Messages;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp.Client;

/// <summary>
/// A broker that is reached over AMQP, by AMQPNetLite's client: the listener's other side, for what runs on a broker to run over the wire.
/// It
/// keeps to one connection; when that is lost, calls fail with <see cref="BrokerErrorReason.ServiceCommunicationProblem"/>.
/// </summary>
/// <remarks>
/// It settles through <c>$management</c>: the library's receiver settles at once on its own side, and never hears that a lock was lost. A
/// receive has a link of its own, and gives back the credit that is left when it ends.
/// </remarks>
public sealed class AmqpBrokerClient : IServiceBusBroker
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(3_650);

    private readonly ConcurrentDictionary<string, Lazy<Task<SenderLink>>> senders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<RequestLinks>>> management = new(StringComparer.Ordinal);
    private readonly Connection connection;
    private readonly Session session;
    private readonly FlowObserver observer;
    private readonly TimeProvider clock;

    private AmqpBrokerClient(Connection connection, FlowObserver observer, TimeProvider clock)
    {
        this.connection = connection;
        this.observer = observer;
        this.clock = clock;
        session = new Session(connection);
    }

    /// <summary>Connects to a listener on this machine, and puts a token for all of its queues.</summary>
    /// <param name="port">The listener's port.</param>
    /// <param name="key">What to sign with.</param>
    /// <param name="timeProvider">The broker's clock, by which a receive waits. Null takes the system's.</param>
    /// <param name="cancellationToken">Gives the connection up.</param>
    /// <exception cref="BrokerException">The key was refused, or there is no listener.</exception>
    public static async Task<AmqpBrokerClient> ConnectAsync(
        int port, SharedAccessKey key, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var clock = timeProvider ?? TimeProvider.System;
        return await CallAsync(async () =>
        {
            var transports = new ObservedTransports();
            var factory = new ConnectionFactory([transports]);
            factory.SASL.Profile = SaslProfile.Anonymous;
            var connection = await factory.CreateAsync(new Address("localhost", port, scheme: ObservedTransports.Scheme), cancellationToken)
                .ConfigureAwait(false);
            var client = new AmqpBrokerClient(connection, transports.Observer!, clock);
            try
            {
                await client.PutTokenAsync(key, cancellationToken).ConfigureAwait(false);
                return client;
            }
            catch
            {
                await client.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task SendAsync(string queue, IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        await CallAsync(async () =>
        {
            var sender = await CachedAsync(senders, queue, () => LinkAttachment.SenderAsync(session, queue)).ConfigureAwait(false);
            await sender.SendAsync(messages is [var only] ? Encoded(only) : Batch(messages)).WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long>> ScheduleAsync(
        string queue, IReadOnlyList<BrokerMessage> messages, DateTimeOffset enqueueAt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var entries = new List(messages.Count);
        entries.AddRange(messages.Select(message => new Map
        {
            ["message-id"] = message.MessageId ?? "",
            ["message"] = MessageWriter.Encode(Encoded(message with { ScheduledEnqueueTime = enqueueAt })),
        }));
        var result = await ManageAsync(queue, "com.microsoft:schedule-message", new Map { ["messages"] = entries }, cancellationToken)
            .ConfigureAwait(false);
        return (long[])result!["sequence-numbers"];
    }

    /// <inheritdoc/>
    public Task CancelScheduledAsync(string queue, IReadOnlyList<long> sequenceNumbers, CancellationToken cancellationToken = default) =>
        ManageAsync(
            queue, "com.microsoft:cancel-scheduled-message", new Map { ["sequence-numbers"] = sequenceNumbers.ToArray() }, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queue, int maxMessages, TimeSpan maxWait, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        // Begun now, and not only once the link is attached: the caller may move the clock on meanwhile.
        var waitIsOver = maxWait == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(maxWait, clock, cancellationToken);
        return CallAsync(async () =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (EntityPath.Of(queue).EndsWith(EntityPath.ManagementSuffix, StringComparison.Ordinal))
                throw new BrokerException(BrokerErrorReason.MessagingEntityNotFound, $"'{queue}' is no queue.");
            var messages = await ReceiveAsync(queue, maxMessages, waitIsOver, mode).ConfigureAwait(false);
            if (messages.Count == 0)
                cancellationToken.ThrowIfCancellationRequested();
            return messages;
        });
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReceivedMessage>> ReceiveDeferredAsync(
        string queue, IReadOnlyList<long> sequenceNumbers, ReceiveMode mode = ReceiveMode.PeekLock, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sequenceNumbers);
        var arguments = new Map
        {
            ["sequence-numbers"] = sequenceNumbers.ToArray(),
            ["receiver-settle-mode"] = (byte)(mode == ReceiveMode.PeekLock ? 1 : 0),
        };
        var result = await ManageAsync(queue, "com.microsoft:receive-by-sequence-number", arguments, cancellationToken).ConfigureAwait(false);
        return [.. ((List)result!["messages"]).Cast<Map>().Select(entry =>
            IncomingMessage.Received(MessageReader.Decode((byte[])entry["message"]), entry["lock-token"] as Guid?))];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReceivedMessage>> PeekAsync(
        string queue, long fromSequenceNumber, int maxMessages, CancellationToken cancellationToken = default)
    {
        var arguments = new Map { ["from-sequence-number"] = fromSequenceNumber, ["message-count"] = maxMessages };
        var result = await ManageAsync(queue, "com.microsoft:peek-message", arguments, cancellationToken).ConfigureAwait(false);
        return result?["messages"] is List messages
            ? [.. messages.Cast<Map>().Select(entry => IncomingMessage.Peeked(MessageReader.Decode((byte[])entry["message"])))]
            : [];
    }

    /// <inheritdoc/>
    public async Task<DateTimeOffset> RenewLockAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default)
    {
        var result = await ManageAsync(queue, "com.microsoft:renew-lock", new Map { ["lock-tokens"] = new[] { lockToken } }, cancellationToken)
            .ConfigureAwait(false);
        return new DateTimeOffset(((DateTime[])result!["expirations"])[0]);
    }

    /// <inheritdoc/>
    public Task CompleteAsync(string queue, Guid lockToken, CancellationToken cancellationToken = default) =>
        SettleAsync(queue, lockToken, "completed", [], properties: null, cancellationToken);

    /// <inheritdoc/>
    public Task AbandonAsync(
        string queue,
        Guid lockToken,
        IReadOnlyDictionary<string, object?>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        SettleAsync(queue, lockToken, "abandoned", [], propertiesToModify, cancellationToken);

    /// <inheritdoc/>
    public Task DeferAsync(
        string queue,
        Guid lockToken,
        IReadOnlyDictionary<string, object?>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        SettleAsync(queue, lockToken, "defered", [], propertiesToModify, cancellationToken);

    /// <inheritdoc/>
    public Task DeadLetterAsync(
        string queue,
        Guid lockToken,
        string? reason = null,
        string? description = null,
        IReadOnlyDictionary<string, object?>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
        SettleAsync(
            queue,
            lockToken,
            "suspended",
            new Map { ["deadletter-reason"] = reason, ["deadletter-description"] = description },
            propertiesToModify,
            cancellationToken);

    /// <summary>Closes the connection. Locks that are held stay until they expire.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await connection.CloseAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is AmqpException or ObjectDisposedException or TimeoutException)
        {
            // The broker was gone first.
        }
    }

    private async Task PutTokenAsync(SharedAccessKey key, CancellationToken cancellationToken)
    {
        const string Audience = "sb://localhost/";
        var claims = await RequestLinks.AttachAsync(session, EntityPath.Claims).ConfigureAwait(false);
        var token = SharedAccessSignature.Create(key, Audience, clock.GetUtcNow() + TokenLifetime);
        var answer = await claims.AskAsync(
            "put-token",
            token,
            new Map { ["type"] = "servicebus.windows.net:sastoken", ["name"] = Audience },
            cancellationToken).ConfigureAwait(false);
        if (answer.ApplicationProperties["status-code"] is not (200 or 202))
            throw new BrokerException(BrokerErrorReason.GeneralError, $"The token was refused: {answer.ApplicationProperties["status-description"]}");
    }

    private async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(string queue, int maxMessages, Task waitIsOver, ReceiveMode mode)
    {
        var link = await LinkAttachment.ReceiverAsync(session, new Attach
        {
            Source = new Source { Address = queue },
            Target = new Target(),
            SndSettleMode = mode == ReceiveMode.PeekLock ? SenderSettleMode.Unsettled : SenderSettleMode.Settled,
            RcvSettleMode = mode == ReceiveMode.PeekLock ? ReceiverSettleMode.Second : ReceiverSettleMode.First,
        }).ConfigureAwait(false);
        var arrived = Channel.CreateUnbounded<ReceivedMessage>();
        link.AddClosedCallback((_, _) => arrived.Writer.TryComplete());
        // No credit yet: it is stated in steps that the library cannot miscount.
        link.Start(0, (_, message) => arrived.Writer.TryWrite(
            IncomingMessage.Received(message, mode == ReceiveMode.PeekLock ? new Guid(message.DeliveryTag) : null)));
        var drained = observer.DrainedAsync(link.Name);

        var rest = maxMessages;
        if (!waitIsOver.IsCompleted)
        {
            link.SetCredit(1, CreditMode.Manual);
            var first = arrived.Reader.WaitToReadAsync().AsTask();
            // Of one that was not received, the credit is taken back.
            rest = await Task.WhenAny(first, waitIsOver).ConfigureAwait(false) == first ? maxMessages - 1 : 1;
        }

        if (rest > 0)
        {
            link.SetCredit(rest, CreditMode.Drain);
            await Task.WhenAny(drained, arrived.Reader.Completion).ConfigureAwait(false);
        }

        var messages = new List<ReceivedMessage>();
        while (arrived.Reader.TryRead(out var message))
            messages.Add(message);
        observer.Forget(link.Name);
        await link.CloseAsync().ConfigureAwait(false);
        // A message that came just as its credit was taken back left that to be used by another.
        foreach (var more in messages.Skip(maxMessages).Where(message => message.LockToken is not null))
            await AbandonAsync(queue, more.LockToken!.Value).ConfigureAwait(false);
        return messages.Count > maxMessages ? messages[..maxMessages] : messages;
    }

    private async Task SettleAsync(
        string queue,
        Guid lockToken,
        string status,
        Map arguments,
        IReadOnlyDictionary<string, object?>? properties,
        CancellationToken cancellationToken)
    {
        arguments["disposition-status"] = status;
        arguments["lock-tokens"] = new[] { lockToken };
        if (properties is not null)
        {
            var modified = new Map();
            foreach (var (name, value) in properties)
                modified[name] = AmqpValues.ToAmqp(value);
            arguments["properties-to-modify"] = modified;
        }

        await ManageAsync(queue, "com.microsoft:update-disposition", arguments, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>The answer's body; null for an answer without content.</returns>
    private Task<Map?> ManageAsync(string queue, string operation, Map arguments, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var address = queue + EntityPath.ManagementSuffix;
        var links = await CachedAsync(management, queue, () => RequestLinks.AttachAsync(session, address)).ConfigureAwait(false);
        var answer = await links.AskAsync(operation, arguments, [], cancellationToken).ConfigureAwait(false);
        return answer.ApplicationProperties["statusCode"] switch
        {
            200 => ((AmqpValue)answer.BodySection).Value as Map,
            204 => null,
            _ => throw new BrokerException(
                ErrorConditions.ReasonOf(AmqpValues.Text(answer.ApplicationProperties["errorCondition"])),
                AmqpValues.Text(answer.ApplicationProperties["statusDescription"]) ?? operation),
        };
    });

    /// <summary>Links that were refused, or are closed, are attached anew the next time.</summary>
    private static async Task<T> CachedAsync<T>(ConcurrentDictionary<string, Lazy<Task<T>>> cache, string queue, Func<Task<T>> attach)
    {
        var link = cache.GetOrAdd(queue, _ => new Lazy<Task<T>>(attach));
        try
        {
            return await link.Value.ConfigureAwait(false);
        }
        catch
        {
            cache.TryRemove(KeyValuePair.Create(queue, link));
            throw;
        }
    }

    private static Message Encoded(BrokerMessage message)
    {
        var encoded = new Message();
        MessageWriter.Write(encoded, message);
        return encoded;
    }

    private static Message Batch(IReadOnlyList<BrokerMessage> messages)
    {
        var sections = new DataList();
        foreach (var message in messages)
            sections.Add(new Data { Binary = MessageWriter.Encode(Encoded(message)) });
        return new Message { Format = MessageReader.BatchFormat, BodySection = sections };
    }

    private static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (AmqpException refusal)
        {
            throw new BrokerException(ErrorConditions.ReasonOf(refusal.Error?.Condition), refusal.Message, refusal);
        }
        catch (Exception broken) when (broken is System.Net.Sockets.SocketException or IOException or TimeoutException)
        {
            throw new BrokerException(BrokerErrorReason.ServiceCommunicationProblem, broken.Message, broken);
        }
    }
}
