using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace EmbeddedServiceBus.Amqp.Security;

/// <summary>
/// Authorizations of one connection: the tokens that it has put, and the links that depend on them. Like the service, it closes a connection without
/// a token after 20 seconds, and the links of an expired token that was not replaced.
/// </summary>
internal sealed class ConnectionClaims
{
    private static readonly TimeSpan TimeToPutToken = TimeSpan.FromSeconds(20);

    /// <summary>A timer can wait for 49 days at most. An additional run has no effect.</summary>
    private static readonly TimeSpan MaxTimerDelay = TimeSpan.FromDays(1);

    private readonly Lock guard = new();
    private readonly Dictionary<string, DateTimeOffset> expiries = new(StringComparer.Ordinal);
    private readonly List<(ListenerLink Link, string Path)> links = [];
    private readonly ListenerConnection connection;
    private readonly TimeProvider clock;
    private readonly ITimer timer;
    private readonly bool isTrusted;

    public ConnectionClaims(ListenerConnection connection, TimeProvider clock)
    {
        this.connection = connection;
        this.clock = clock;
        isTrusted = connection.Principal is not null;
        timer = clock.CreateTimer(_ => Expire(), state: null, isTrusted ? Timeout.InfiniteTimeSpan : TimeToPutToken, Timeout.InfiniteTimeSpan);
        connection.AddClosedCallback((_, _) => timer.Dispose());
    }

    /// <summary>Authorizes the connection for the path and everything below it.</summary>
    public void Put(string path, DateTimeOffset expiresAt)
    {
        lock (guard)
        {
            expiries[path] = expiresAt;
            Arm();
        }
    }

    /// <summary>Returns whether the connection is authorized for the path. If it is, the link is closed when the authorization expires.</summary>
    public bool TryAuthorize(ListenerLink link, string path)
    {
        if (isTrusted)
            return true;
        lock (guard)
        {
            if (!Allows(path))
                return false;
            links.Add((link, path));
            return true;
        }
    }

    public void Remove(ListenerLink link)
    {
        lock (guard)
            links.RemoveAll(entry => entry.Link == link);
    }

    private void Expire()
    {
        List<ListenerLink> expired;
        bool isWithoutClaims;
        lock (guard)
        {
            isWithoutClaims = expiries.Count == 0;
            expired = [.. links.Where(entry => !Allows(entry.Path)).Select(entry => entry.Link)];
            Arm();
        }

        // Runs outside the lock, because closing a link calls back into this class.
        foreach (var link in expired)
            link.Close(TimeSpan.Zero, Unauthorized("The token has expired."));
        if (isWithoutClaims)
            connection.Close(TimeSpan.Zero, Unauthorized($"No valid token was put within {TimeToPutToken.TotalSeconds} seconds."));
    }

    private bool Allows(string path)
    {
        var now = clock.GetUtcNow();
        return expiries.Any(claim => claim.Value > now && EntityPath.Covers(claim.Key, path));
    }

    private void Arm()
    {
        var now = clock.GetUtcNow();
        var upcoming = expiries.Values.Where(expiry => expiry > now).Select(expiry => expiry - now).DefaultIfEmpty(Timeout.InfiniteTimeSpan).Min();
        timer.Change(upcoming > MaxTimerDelay ? MaxTimerDelay : upcoming, Timeout.InfiniteTimeSpan);
    }

    public static Error Unauthorized(string description) => new(ErrorCode.UnauthorizedAccess) { Description = description };
}
