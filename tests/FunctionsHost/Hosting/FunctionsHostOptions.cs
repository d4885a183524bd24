using Microsoft.Extensions.Logging;

namespace FunctionsHost.Hosting;

/// <summary>Options of a <see cref="FunctionsHostApp"/>.</summary>
public sealed record FunctionsHostOptions
{
    /// <summary>The path of the app's assembly, in its build output. <c>host.json</c> is read from the same directory.</summary>
    public required string Assembly { get; init; }

    /// <summary>
    /// The app settings, by the names that they have in the environment: the worker's environment, together with what a program needs to run
    /// (<c>PATH</c>, <c>HOME</c>, …). Nothing else of this process's environment reaches the worker.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The port of the HTTP functions, on 127.0.0.1. The default value, 0, takes a free port.</summary>
    public int Port { get; init; }

    /// <summary>The required keys. The default value, null, requires none, as Core Tools do.</summary>
    public FunctionKeys? Keys { get; init; }

    /// <summary>
    /// Without <see cref="Keys"/>, requests for functions that would ask for a key get 403 if they come from another machine, or from a page
    /// of another origin in a browser. The default value, false, refuses none, as Core Tools do.
    /// </summary>
    public bool OperatorsAreLocal { get; init; }

    /// <summary>The clock of timers and of the function timeout. The default value is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long a stop waits for running invocations before it cancels them. The default value, 10 seconds, is the Functions host's.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Configures where logs go, at the levels of host.json unless this changes them. The default is nowhere.</summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; init; }
}
