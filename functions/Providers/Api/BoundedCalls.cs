using WebhookFunctions.Model;

namespace WebhookFunctions.Providers.Api;

/// <summary>
/// How often an API is asked because of events that anybody may have sent: they must not spend the deployment's quota. The bounds hold in each instance.
/// </summary>
public sealed class BoundedCalls(TimeProvider clock)
{
    /// <summary>Calls of one API in a <see cref="Window"/>.</summary>
    public const int MostCalls = 60;

    /// <summary>Calls in a <see cref="Window"/> to which one <see cref="ReceivedEvent.Credential"/> leads.</summary>
    public const int MostCallsOfCredential = 10;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>How long an answer is shared by all events of its job.</summary>
    public static readonly TimeSpan SharedFor = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly TurnLine _all = new(MostCalls, Window);
    private readonly Dictionary<string, TurnLine> _credentials = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset At, Task<ApiAnswer> Answer)> _answers = new(StringComparer.Ordinal);

    /// <summary>The answer for a job: a shared one, a new one, or after which time it is the event's turn.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="received">The event for which it is asked.</param>
    /// <param name="ask">Asks the API. It has a time limit of its own, and other events may wait for the same answer, so it is not cancelled.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<ApiAnswer> AskAsync(string job, ReceivedEvent received, Func<Task<ApiAnswer>> ask, CancellationToken cancellationToken)
    {
        Task<ApiAnswer> answer;
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            Forget(now);
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
                answer = Task.Run(ask, CancellationToken.None);
                _answers.Add(job, (now, answer));
            }
        }

        return answer.WaitAsync(cancellationToken);
    }

    private TimeSpan Turn(ReceivedEvent received, DateTimeOffset now)
    {
        var hasWaited = received.Waits > 0;
        TurnLine? ofCredential = null;
        if (received.Credential is { } credential && !_credentials.TryGetValue(credential, out ofCredential))
        {
            _credentials.Add(credential, ofCredential = new TurnLine(MostCallsOfCredential, Window));
        }

        if (ofCredential?.Wait(now, hasWaited) is { } own && own > TimeSpan.Zero)
        {
            return own;
        }

        var wait = _all.Wait(now, hasWaited);
        if (wait == TimeSpan.Zero)
        {
            ofCredential?.Pass(now);
            _all.Pass(now);
        }

        return wait;
    }

    // What is left is bounded: by the calls of the last minute, and by the credentials whose events still wait.
    private void Forget(DateTimeOffset now)
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
