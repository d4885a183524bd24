using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NCrontab;

namespace LocalHost.Functions;

/// <summary>Runs a function with a <see cref="TimerTriggerAttribute"/> at its times, in UTC. Times that passed while the host was down are left out.</summary>
internal sealed partial class TimerPump : BackgroundService
{
    // A timer of .NET can't wait for longer than this by much.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    private readonly DiscoveredFunction _function;
    private readonly FunctionInvoker _invoker;
    private readonly CrontabSchedule _schedule;
    private readonly bool _runsOnStart;
    private readonly IServiceScopeFactory _scopes;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private DateTime _last;

    public TimerPump(
        DiscoveredFunction function, IConfiguration configuration, IServiceScopeFactory scopes, TimeProvider clock, ILogger<TimerPump> logger)
    {
        var trigger = (TimerTriggerAttribute)function.Trigger;
        _function = function;
        _invoker = new FunctionInvoker(function, typeof(TimerInfo));
        _schedule = CrontabSchedule.Parse(
            SettingReference.Resolve(trigger.Schedule, configuration), new CrontabSchedule.ParseOptions { IncludingSeconds = true });
        _runsOnStart = trigger.RunOnStartup;
        _scopes = scopes;
        _clock = clock;
        _logger = logger;
    }

    /// <summary>The function's name.</summary>
    public string Name => _function.Name;

    /// <summary>Runs the function now, whatever its schedule says.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        var timer = new TimerInfo
        {
            ScheduleStatus = new ScheduleStatus { Last = _last, Next = _schedule.GetNextOccurrence(now), LastUpdated = now },
        };
        _last = now;
        await using var scope = _scopes.CreateAsyncScope();
        await _invoker.InvokeAsync(
            new Invocation(_function, scope.ServiceProvider, cancellationToken), new Dictionary<Type, object> { [typeof(TimerInfo)] = timer });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        if (_runsOnStart)
        {
            await RunScheduledAsync(stoppingToken);
        }

        while (true)
        {
            var next = _schedule.GetNextOccurrence(_clock.GetUtcNow().UtcDateTime);
            for (var wait = Wait(next); wait > TimeSpan.Zero; wait = Wait(next))
            {
                await Task.Delay(wait < LongestWait ? wait : LongestWait, _clock, stoppingToken);
            }

            await RunScheduledAsync(stoppingToken);
        }
    }

    private TimeSpan Wait(DateTime next) => next - _clock.GetUtcNow().UtcDateTime;

    private async Task RunScheduledAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            Log.Threw(_logger, _function.Name, failure);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Function {Function} threw")]
        public static partial void Threw(ILogger logger, string function, Exception failure);
    }
}
