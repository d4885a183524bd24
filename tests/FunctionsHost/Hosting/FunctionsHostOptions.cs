using Microsoft.Extensions.Logging;

namespace FunctionsHost.Hosting;

/// <summary>Options of a <see cref="FunctionsHostApp"/>.</summary>
public sealed record FunctionsHostOptions
{
    /// <summary>The path of the app's assembly, in its build output. <c>host.json</c> is read from the same directory.</summary>
    public required string Assembly { get; init; }

    /// <summary>
    /// Gets the app settings, by their names as environment variables. The worker's environment consists of them and of the variables that any program
    /// needs (<c>PATH</c>, <c>HOME</c>, …). It inherits no other variable of this process.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The port of the HTTP functions, on 127.0.0.1. The default value, 0, selects a free port.</summary>
    public int Port { get; init; }

    /// <summary>The required keys. The default value, null, requires none, as Core Tools do.</summary>
    public FunctionKeys? Keys { get; init; }

    /// <summary>
    /// Gets whether, without <see cref="Keys"/>, functions that would require a key answer 403 to requests from another machine, or from a page of
    /// another origin in a browser. The default value, false, allows all requests, as Core Tools do.
    /// </summary>
    public bool OperatorsAreLocal { get; init; }

    /// <summary>The clock of timers and of the function timeout. The default value is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long a stop waits for running invocations before it cancels them. The default value, 10 seconds, is the Functions host's.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets an action that configures the destination of logs, and their levels if those of host.json do not fit. By default nothing is
    /// logged.</summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; init; }
}
