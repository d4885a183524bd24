using WebhookFunctions.Model;

namespace WebhookFunctions.Providers.Api;

/// <summary>
/// Limiter of API calls that are caused by events which anybody may have sent, so that they cannot use up the deployment's quota. The limits apply to
/// each instance.
/// </summary>
public sealed class BoundedCalls(TimeProvider clock)
{
    /// <summary>The maximum number of calls of one API in a <see cref="Window"/>.</summary>
    public const int MaxCalls = 60;

    /// <summary>The maximum number of calls in a <see cref="Window"/> that one <see cref="ReceivedEvent.Credential"/> may cause.</summary>
    public const int MaxCallsPerCredential = 10;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>How long an answer is shared by all events of its job.</summary>
    public static readonly TimeSpan SharedFor = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly RateLimitQueue _all = new(MaxCalls, Window);
    private readonly Dictionary<string, RateLimitQueue> _credentials = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset At, Task<ApiAnswer> Answer)> _answers = new(StringComparer.Ordinal);

    /// <summary>Returns the answer for a job, shared or new, or the time until the event's turn.</summary>
    /// <param name="job">The job.</param>
    /// <param name="received">The event that causes the call.</param>
    /// <param name="call">Calls the API. It is not cancelled, because it has a timeout of its own and other events may wait for the same
    /// answer.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task<ApiAnswer> AskAsync(string job, ReceivedEvent received, Func<Task<ApiAnswer>> call, CancellationToken cancellationToken)
    {
        Task<ApiAnswer> answer;
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            RemoveOld(now);
            if (_answers.TryGetValue(job, out var shared))
            {
                answer = shared.Answer;
            }
            else if (Turn(received, now) is var turn && turn > TimeSpan.Zero)
            {
                return Task.FromResult<ApiAnswer>(new ApiAnswer.Postponed(turn));
            }
            else
            {
                answer = Task.Run(call, CancellationToken.None);
                _answers.Add(job, (now, answer));
            }
        }

        return answer.WaitAsync(cancellationToken);
    }

    private TimeSpan Turn(ReceivedEvent received, DateTimeOffset now)
    {
        var hasWaited = received.Waits > 0;
        RateLimitQueue? ofCredential = null;
        if (received.Credential is { } credential && !_credentials.TryGetValue(credential, out ofCredential))
        {
            _credentials.Add(credential, ofCredential = new RateLimitQueue(MaxCallsPerCredential, Window));
        }

        if (ofCredential?.Wait(now, hasWaited) is { } credentialWait && credentialWait > TimeSpan.Zero)
        {
            return credentialWait;
        }

        var wait = _all.Wait(now, hasWaited);
        if (wait == TimeSpan.Zero)
        {
            ofCredential?.Count(now);
            _all.Count(now);
        }

        return wait;
    }

    // Removes old entries. The rest is bounded by the calls of the last minute, and by the credentials whose events still wait.
    private void RemoveOld(DateTimeOffset now)
    {
        foreach (var (job, shared) in _answers)
        {
            if (shared.At + SharedFor <= now)
            {
                _answers.Remove(job);
            }
        }

        foreach (var (credential, line) in _credentials)
        {
            if (line.IsIdle(now))
            {
                _credentials.Remove(credential);
            }
        }
    }
}
