using FunctionsHost.Hosting;
using Microsoft.Extensions.Logging;

namespace LocalHost.Hosting;

/// <summary>Options of a <see cref="LocalHostApp"/>.</summary>
public sealed record LocalHostOptions
{
    /// <summary>
    /// Gets the app settings, by their names as environment variables. The app gets no other settings. <see cref="LocalSettings"/> reads those of
    /// Core Tools.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Gets the port of the HTTP functions, on 127.0.0.1. The default value, 0, selects a free port.</summary>
    public int Port { get; init; }

    /// <summary>
    /// Gets the required keys. The default value, null, requires none, and operator routes answer 403 to callers from other machines.
    /// </summary>
    public FunctionKeys? Keys { get; init; }

    /// <summary>Gets the directory that stores the messages of Service Bus. The default value, null, stores them in memory.</summary>
    public string? BrokerDirectory { get; init; }

    /// <summary>Gets the port of Service Bus over AMQP, on the loopback addresses. The default value, 0, selects a free port.</summary>
    public int AmqpPort { get; init; }

    /// <summary>Gets an action that configures the destination of logs, including the worker's. By default nothing is logged.</summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; init; }

    /// <summary>Gets how long a stop waits for running functions before it cancels them. The default value, 10 seconds, is the Functions host's.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);
}
