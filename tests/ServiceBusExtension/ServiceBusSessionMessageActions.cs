using Google.Protobuf;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.ServiceBus.Grpc;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Client that handles the session of the message that triggered a function, through the host that holds its lock.</summary>
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

    /// <summary>Initializes an instance of a derived type, which must override every member that it uses.</summary>
    protected ServiceBusSessionMessageActions()
    {
        _settlement = null!;
        _sessionId = null!;
    }

    /// <summary>Gets or sets when the session's lock expires. Only this instance's renewals update it.</summary>
    public virtual DateTimeOffset SessionLockedUntil { get; protected set; }

    /// <summary>Reads the session's state. Returns empty data if none was set.</summary>
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

    /// <summary>Releases the session's lock, so that another receiver can accept the session.</summary>
    public virtual async Task ReleaseSession(CancellationToken cancellationToken = default) =>
        await _settlement.ReleaseSessionAsync(new() { SessionId = _sessionId }, cancellationToken: cancellationToken);

    /// <summary>Renews the session's lock and sets <see cref="SessionLockedUntil"/>.</summary>
    public virtual async Task RenewSessionLockAsync(CancellationToken cancellationToken = default)
    {
        var response = await _settlement.RenewSessionLockAsync(new() { SessionId = _sessionId }, cancellationToken: cancellationToken);
        SessionLockedUntil = response.LockedUntil.ToDateTimeOffset();
    }
}
