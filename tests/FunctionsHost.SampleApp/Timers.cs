using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace SampleApp;

/// <summary>Timer-triggered function that counts its runs.</summary>
public sealed class Timers(ILogger<Timers> logger)
{
    private static int runs;

    public static int Runs => Volatile.Read(ref runs);

    [Function(nameof(Tick))]
    public void Tick([TimerTrigger("%TICK_SCHEDULE%")] TimerInfo timer)
    {
        Interlocked.Increment(ref runs);
        logger.LogInformation("Tick: next at {Next:u}, past due: {IsPastDue}", timer.ScheduleStatus?.Next, timer.IsPastDue);
    }
}
