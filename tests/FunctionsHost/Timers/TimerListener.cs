using System.Text.Json;
using FunctionsHost.Functions;
using FunctionsHost.Hosting;
using FunctionsHost.Rpc;
using NCrontab;

namespace FunctionsHost.Timers;

/// <summary>
/// Timer that runs a function at its scheduled times, in UTC, one run after the other. Times that passed while the function ran, or while this host
/// was down, are skipped.
/// </summary>
internal sealed class TimerListener : IAsyncDisposable
{
    // A .NET timer can wait for about 49 days at most.
    private static readonly TimeSpan MaxWait = TimeSpan.FromDays(30);

    private readonly FunctionInvoker _invoker;
    private readonly CrontabSchedule _schedule;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private DateTime _last;

    /// <exception cref="FunctionsHostException">The schedule cannot be read.</exception>
    public TimerListener(FunctionDescription function, TimerTrigger trigger, FunctionInvoker invoker, TimeProvider clock)
    {
        (Function, _invoker, _clock) = (function, invoker, clock);
        _schedule = CrontabSchedule.TryParse(trigger.Schedule, new CrontabSchedule.ParseOptions { IncludingSeconds = true })
            ?? throw new FunctionsHostException($"Function {function.Name}: '{trigger.Schedule}' is not a schedule of six fields.");
    }

    public FunctionDescription Function { get; }

    /// <summary>Returns whether the function has this name, in any case.</summary>
    public bool IsNamed(string? name) => Function.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    public void Start() => _running = WaitAsync();

    /// <summary>Runs the function now, regardless of its schedule.</summary>
    public Task<InvocationResult> FireAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        var data = new TimerData(new ScheduleStatus(_last, _schedule.GetNextOccurrence(now), now), IsPastDue: false);
        _last = now;
        return _invoker.Begin(Function, new TypedData { Json = JsonSerializer.Serialize(data) }, [], cancellationToken).Result;
    }

    /// <summary>Starts no further run, and completes when a run in progress has ended.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task WaitAsync()
    {
        while (true)
        {
            var next = _schedule.GetNextOccurrence(_clock.GetUtcNow().UtcDateTime);
            for (var wait = Wait(next); wait > TimeSpan.Zero; wait = Wait(next))
            {
                await Task.Delay(wait < MaxWait ? wait : MaxWait, _clock, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (_stopping.IsCancellationRequested)
                {
                    return;
                }
            }

            await FireAsync(CancellationToken.None);
        }
    }

    private TimeSpan Wait(DateTime next) => next - _clock.GetUtcNow().UtcDateTime;

    // The timer's data, in the format of the worker's extension.
    private sealed record TimerData(ScheduleStatus ScheduleStatus, bool IsPastDue);

    private sealed record ScheduleStatus(DateTime Last, DateTime Next, DateTime LastUpdated);
}
