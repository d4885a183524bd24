using Amqp;
using Amqp.Framing;
using Amqp.Types;
using EmbeddedServiceBus.Amqp.Links;
using EmbeddedServiceBus.Amqp.Messages;

namespace EmbeddedServiceBus.Amqp.Nodes;

/// <summary>
/// Node <c>$management</c> of a queue or of its dead letters: "AMQP 1.0 in Azure Service Bus: request-response-based operations".
/// </summary>
internal sealed class ManagementNode(IServiceBusBroker broker, string queue) : RequestNode
{
    /// <summary>The maximum number of messages in one peek, as with the service. A client continues from the last number.</summary>
    private const int MaxPeek = 250;

    private const byte FirstSettleMode = 0;

    protected override async Task<Message> AnswerAsync(string operation, Message request)
    {
        try
        {
            var arguments = request.BodySection is AmqpValue { Value: Map map } ? map : [];
            return operation switch
            {
                "com.microsoft:renew-lock" => await RenewLockAsync(arguments).ConfigureAwait(false),
                "com.microsoft:peek-message" => await PeekAsync(arguments).ConfigureAwait(false),
                "com.microsoft:schedule-message" => await ScheduleAsync(arguments).ConfigureAwait(false),
                "com.microsoft:cancel-scheduled-message" => await CancelScheduledAsync(arguments).ConfigureAwait(false),
                "com.microsoft:receive-by-sequence-number" => await ReceiveDeferredAsync(arguments).ConfigureAwait(false),
                "com.microsoft:update-disposition" => await UpdateDispositionAsync(arguments).ConfigureAwait(false),
                _ => Refused(ErrorConditions.NotImplemented($"The operation '{operation}' is not supported.")),
            };
        }
        catch (Exception exception)
        {
            return Refused(ErrorConditions.From(exception));
        }
    }

    private async Task<Message> RenewLockAsync(Map arguments)
    {
        var expirations = new List<DateTime>();
        foreach (var lockToken in Argument<Guid[]>(arguments, "lock-tokens"))
            expirations.Add((await broker.RenewLockAsync(queue, lockToken).ConfigureAwait(false)).UtcDateTime);
        return Done(new Map { ["expirations"] = expirations.ToArray() });
    }

    private async Task<Message> PeekAsync(Map arguments)
    {
        var from = Argument<long>(arguments, "from-sequence-number");
        var count = Math.Clamp(Argument<int>(arguments, "message-count"), 1, MaxPeek);
        var messages = await broker.PeekAsync(queue, from, count).ConfigureAwait(false);
        return messages.Count == 0
            ? Answer(204, "No more messages.", new Map())
            : Done(new Map
            {
                ["messages"] = ListOf(messages, message => new Map { ["message"] = MessageWriter.Encode(OutgoingMessage.Peeked(message)) }),
            });
    }

    private async Task<Message> ScheduleAsync(Map arguments)
    {
        var messages = Argument<List>(arguments, "messages")
            .Select(entry => MessageReader.Read(Argument<byte[]>(entry as Map ?? [], "message")))
            .ToList();
        // Each message carries the time itself, and the SDKs give all messages of a request the same one.
        if (messages.Select(message => message.ScheduledEnqueueTime).Distinct().ToList() is not [{ } at])
            throw new ArgumentException("All messages of a request must have the same scheduled enqueue time.");
        var numbers = await broker.ScheduleAsync(queue, messages, at).ConfigureAwait(false);
        return Done(new Map { ["sequence-numbers"] = numbers.ToArray() });
    }

    private async Task<Message> CancelScheduledAsync(Map arguments)
    {
        await broker.CancelScheduledAsync(queue, Argument<long[]>(arguments, "sequence-numbers")).ConfigureAwait(false);
        return Done(new Map());
    }

    private async Task<Message> ReceiveDeferredAsync(Map arguments)
    {
        // A ubyte by the documentation; the JavaScript SDK sends a uint.
        var settleMode = Convert.ToByte(AmqpValues.Find(arguments, "receiver-settle-mode"), provider: null);
        var mode = settleMode == FirstSettleMode ? ReceiveMode.ReceiveAndDelete : ReceiveMode.PeekLock;
        var messages = await broker.ReceiveDeferredAsync(queue, Argument<long[]>(arguments, "sequence-numbers"), mode).ConfigureAwait(false);
        return Done(new Map
        {
            ["messages"] = ListOf(messages, message =>
            {
                var entry = new Map { ["message"] = MessageWriter.Encode(OutgoingMessage.Received(message)) };
                if (message.LockToken is { } lockToken)
                    entry["lock-token"] = lockToken;
                return entry;
            }),
        });
    }

    private async Task<Message> UpdateDispositionAsync(Map arguments)
    {
        var properties = AmqpValues.Properties(AmqpValues.Find(arguments, "properties-to-modify") as Map);
        var status = Argument<string>(arguments, "disposition-status");
        foreach (var lockToken in Argument<Guid[]>(arguments, "lock-tokens"))
        {
            await (status switch
            {
                "completed" => broker.CompleteAsync(queue, lockToken),
                "abandoned" => broker.AbandonAsync(queue, lockToken, properties),
                "suspended" => broker.DeadLetterAsync(
                    queue,
                    lockToken,
                    AmqpValues.Find(arguments, "deadletter-reason") as string,
                    AmqpValues.Find(arguments, "deadletter-description") as string,
                    properties),
                // The SDKs spell it this way.
                "defered" => broker.DeferAsync(queue, lockToken, properties),
                _ => throw new ArgumentException($"The disposition status '{status}' is not supported."),
            }).ConfigureAwait(false);
        }

        return Done(new Map());
    }

    private static T Argument<T>(Map arguments, string name) => AmqpValues.Find(arguments, name) is T value
        ? value
        : throw new ArgumentException($"The request must have '{name}' with the type {typeof(T).Name}.");

    private static List ListOf(IReadOnlyList<ReceivedMessage> messages, Func<ReceivedMessage, Map> entry)
    {
        var list = new List(messages.Count);
        list.AddRange(messages.Select(entry));
        return list;
    }

    private static Message Done(Map result) => Answer(200, "OK", result);

    private static Message Refused(Error error)
    {
        var message = Answer(ErrorConditions.StatusOf(error), error.Description ?? error.Condition, new Map());
        message.ApplicationProperties["errorCondition"] = error.Condition;
        return message;
    }

    private static Message Answer(int code, string description, Map result) => new()
    {
        ApplicationProperties = Status("statusCode", code, "statusDescription", description),
        BodySection = new AmqpValue { Value = result },
    };
}
