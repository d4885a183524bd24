using Azure.Messaging.ServiceBus;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Azure.Amqp;
using Microsoft.Azure.Amqp.Encoding;
using Microsoft.Azure.ServiceBus.Grpc;

namespace FunctionsHost.ServiceBus;

/// <summary>
/// Service that settles messages for the functions that were started with them. Errors are those of the Functions host's extension:
/// FailedPrecondition for a lock token that no invocation holds, and Unknown with the SDK's exception for an error of Service Bus. Sessions are not
/// supported.
/// </summary>
internal sealed class SettlementService(HeldMessages messages) : Settlement.SettlementBase
{
    public override Task<Empty> Complete(CompleteRequest request, ServerCallContext context) => RunAsync(
        request.Locktoken, held => held.CompleteMessageAsync(held.Message, context.CancellationToken));

    public override Task<Empty> Abandon(AbandonRequest request, ServerCallContext context) => RunAsync(
        request.Locktoken, held => held.AbandonMessageAsync(held.Message, Properties(request.PropertiesToModify), context.CancellationToken));

    public override Task<Empty> Defer(DeferRequest request, ServerCallContext context) => RunAsync(
        request.Locktoken, held => held.DeferMessageAsync(held.Message, Properties(request.PropertiesToModify), context.CancellationToken));

    public override Task<Empty> RenewMessageLock(RenewMessageLockRequest request, ServerCallContext context) => RunAsync(
        request.Locktoken, held => held.RenewMessageLockAsync(held.Message, context.CancellationToken));

    public override Task<Empty> Deadletter(DeadletterRequest request, ServerCallContext context) => RunAsync(
        request.Locktoken,
        held => Properties(request.PropertiesToModify) is { } properties
            ? held.DeadLetterMessageAsync(
                held.Message, properties, request.DeadletterReason, request.DeadletterErrorDescription, context.CancellationToken)
            : held.DeadLetterMessageAsync(held.Message, request.DeadletterReason, request.DeadletterErrorDescription, context.CancellationToken));

    private async Task<Empty> RunAsync(string lockToken, Func<ProcessMessageEventArgs, Task> settle)
    {
        var held = messages.Find(lockToken)
            ?? throw new RpcException(new Status(StatusCode.FailedPrecondition, $"LockToken {lockToken} not found."));
        try
        {
            await settle(held);
            return new Empty();
        }
        catch (Exception exception)
        {
            throw new RpcException(new Status(StatusCode.Unknown, exception.ToString()));
        }
    }

    private static Dictionary<string, object>? Properties(ByteString map)
    {
        if (map.IsEmpty)
        {
            return null;
        }

        using var buffer = new ByteBuffer(map.ToByteArray(), 0, map.Length);
        return AmqpCodec.DecodeMap(buffer).ToDictionary(property => property.Key.ToString(), property => Value(property.Value));
    }

    // Converts the types that the SDK allows for application properties and AMQP lacks.
    private static object Value(object value) => value is not DescribedType described ? value
        : ((AmqpSymbol)described.Descriptor).Value switch
        {
            "com.microsoft:uri" => new Uri((string)described.Value),
            "com.microsoft:datetime-offset" => new DateTimeOffset((long)described.Value, TimeSpan.Zero),
            "com.microsoft:timespan" => TimeSpan.FromTicks((long)described.Value),
            _ => described.Value,
        };
}
