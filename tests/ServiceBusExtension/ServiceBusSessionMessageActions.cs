using Google.Protobuf;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.ServiceBus.Grpc;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Client that handles the session of the message that started a function, by way of the host that holds its lock.</summary>
[InputConverter(typeof(ServiceBusSessionMessageActionsConverter))]
public class ServiceBusSessionMessageActions
{
    private readonly Settlement.SettlementClient _settlement;
    private readonly string _sessionId;

    internal ServiceBusSessionMessageActions(Settlement.SettlementClient settlement, string sessionId, DateTimeOffset sessionLockedUntil)
    {
        _settlement = settlement;
        _sessionId = sessionId;
        SessionLockedUntil = sessionLockedUntil;
    }

    /// <summary>Initializes an instance for a derived type that overrides every member that it uses.</summary>
    protected ServiceBusSessionMessageActions()
    {
        _settlement = null!;
        _sessionId = null!;
    }

    /// <summary>When the session's lock ends, as of its last renewal here.</summary>
    public virtual DateTimeOffset SessionLockedUntil { get; protected set; }

    /// <summary>Reads the session's state; empty where none was set.</summary>
    public virtual async Task<BinaryData> GetSessionStateAsync(CancellationToken cancellationToken = default)
    {
        var response = await _settlement.GetSessionStateAsync(new() { SessionId = _sessionId }, cancellationToken: cancellationToken);
        return new BinaryData(response.SessionState.Memory);
    }

    /// <summary>Replaces the session's state.</summary>
    public virtual async Task SetSessionStateAsync(BinaryData sessionState, CancellationToken cancellationToken = default)
    {
        var request = new SetSessionStateRequest { SessionId = _sessionId, SessionState = ByteString.CopyFrom(sessionState.ToMemory().Span) };
        await _settlement.SetSessionStateAsync(request, cancellationToken: cancellationToken);
    }

    /// <summary>Gives the session up, so that another receiver can take it.</summary>
    public virtual async Task ReleaseSession(CancellationToken cancellationToken = default) =>
        await _settlement.ReleaseSessionAsync(new() { SessionId = _sessionId }, cancellationToken: cancellationToken);

    /// <summary>Renews the session's lock and sets <see cref="SessionLockedUntil"/>.</summary>
    public virtual async Task RenewSessionLockAsync(CancellationToken cancellationToken = default)
    {
        var response = await _settlement.RenewSessionLockAsync(new() { SessionId = _sessionId }, cancellationToken: cancellationToken);
        SessionLockedUntil = response.LockedUntil.ToDateTimeOffset();
    }
}
