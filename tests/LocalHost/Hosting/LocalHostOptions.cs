using FunctionsHost.Hosting;
using Microsoft.Extensions.Logging;

namespace LocalHost.Hosting;

/// <summary>Options of a <see cref="LocalHostApp"/>.</summary>
public sealed record LocalHostOptions
{
    /// <summary>
    /// The app settings, by their names in the environment. No other source is read; <see cref="LocalSettings"/> reads the usual ones.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>The port of the HTTP functions, on 127.0.0.1. The default value, 0, takes a free port.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The required keys. The default value, null, requires none, and operator routes are refused to callers from other machines.
    /// </summary>
    public FunctionKeys? Keys { get; init; }

    /// <summary>The directory of Service Bus's messages. Null, the default value, keeps them in memory.</summary>
    public string? BrokerDirectory { get; init; }

    /// <summary>The port on the loopback addresses for Service Bus over AMQP. The default value, 0, takes a free port.</summary>
    public int AmqpPort { get; init; }

    /// <summary>Configures where logs go, including the worker's. The default is nowhere.</summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; init; }

    /// <summary>How long a stop waits for running functions before it cancels them. The default value, 10 seconds, is the Functions host's.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);
}
