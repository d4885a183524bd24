using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Telemetry;

/// <summary>
/// Logger of one part's outages that writes a line when an outage begins, one a minute while it lasts, and one when it is over. Failures caused by
/// the outage are logged at Debug only, so that an outage takes a few lines, however many events wait. Thread-safe.
/// </summary>
/// <param name="part">The part, as a line names it: "Storage".</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">The logger that gets the lines.</param>
public sealed partial class OutageLog(string part, TimeProvider clock, ILogger logger)
{
    /// <summary>The minimum time between two lines, within an outage and from one outage to the next.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>
    /// An outage is over with a success this long after the last failure. When the part answers again, requests that hung still fail with a timeout
    /// among those that succeed.
    /// </summary>
    public static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private DateTimeOffset? _startedAt;
    private DateTimeOffset _lastFailure;
    private DateTimeOffset _lastLine;
    private bool _isLogged;
    private long _failures;

    /// <summary>Whether the part is in an outage.</summary>
    public bool IsOngoing
    {
        get
        {
            lock (_lock)
            {
                return _startedAt is not null;
            }
        }
    }

    /// <summary>Records a request that failed because the part is unavailable.</summary>
    /// <param name="reason">The cause, in a few words without any address: see <see cref="LoggedException.ReasonOf"/>.</param>
    public void Failed(string reason)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var startedAt = _startedAt ??= now;
            _lastFailure = now;
            _failures++;
            if (_lastLine > now - Pause)
            {
                return;
            }

            _lastLine = now;
            if (_isLogged)
            {
                Log.Lasts(logger, part, startedAt, _failures, reason);
            }
            else
            {
                _isLogged = true;
                Log.Started(logger, part, reason);
            }
        }
    }

    /// <summary>Records a request that succeeded.</summary>
    public void Succeeded()
    {
        lock (_lock)
        {
            if (_startedAt is not { } startedAt || _lastFailure > clock.GetUtcNow() - QuietTime)
            {
                return;
            }

            if (_isLogged)
            {
                Log.Over(logger, part, (_lastFailure - startedAt).TotalSeconds, _failures);
            }

            (_startedAt, _isLogged, _failures) = (null, false, 0);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Part} is unavailable ({Reason}). Requests to it are retried; a line a minute follows until it is available again")]
        public static partial void Started(ILogger logger, string part, string reason);

        [LoggerMessage(2, LogLevel.Error, "{Part} is still unavailable ({Reason}), since {Since:O}; {Count} requests have failed")]
        public static partial void Lasts(ILogger logger, string part, DateTimeOffset since, long count, string reason);

        [LoggerMessage(3, LogLevel.Warning, "{Part} is available again. {Count} requests had failed within {Seconds:0} seconds")]
        public static partial void Over(ILogger logger, string part, double seconds, long count);
    }
}

/// <summary>Outages of the parts that the app cannot work without.</summary>
public sealed class Outages(TimeProvider clock, ILogger<Outages> logger)
{
    /// <summary>Tables and blobs.</summary>
    public OutageLog Storage { get; } = new("Storage", clock, logger);

    /// <summary>The queues.</summary>
    public OutageLog Broker { get; } = new("The broker", clock, logger);
}
