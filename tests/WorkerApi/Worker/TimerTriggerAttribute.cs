using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Starts a function by the clock.</summary>
/// <param name="schedule">An NCRONTAB expression of six fields, or a <see cref="TimeSpan"/> (on an App Service plan only).</param>
public sealed class TimerTriggerAttribute(string schedule) : TriggerBindingAttribute
{
    public string Schedule { get; private set; } = schedule;

    /// <summary>Whether the last and next occurrence are kept over restarts. The default value is true.</summary>
    public bool UseMonitor { get; set; } = true;

    /// <summary>Whether the function also starts when the host does.</summary>
    public bool RunOnStartup { get; set; }
}

/// <summary>What a timer's function is told of its schedule.</summary>
public class TimerInfo
{
    /// <summary>Null where the schedule is not monitored.</summary>
    public ScheduleStatus? ScheduleStatus { get; set; }

    /// <summary>Whether an occurrence was missed and this invocation makes up for it.</summary>
    public bool IsPastDue { get; set; }
}

/// <summary>The occurrences of a monitored schedule.</summary>
public class ScheduleStatus
{
    public DateTime Last { get; set; }

    public DateTime Next { get; set; }

    public DateTime LastUpdated { get; set; }
}
