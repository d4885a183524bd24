using FunctionsHost.Hosting;
using Microsoft.Extensions.Logging;

namespace LocalHost.Hosting;

/// <summary>What a <see cref="LocalHostApp"/> is started with.</summary>
public sealed record LocalHostOptions
{
    /// <summary>
    /// The app's settings, by the names that they have in the environment. Nothing else is read: see <see cref="LocalSettings"/> for what is there.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>The port of the HTTP functions, on 127.0.0.1. The default value, 0, is one that is free.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The keys that are asked for. Null, the default value: none, and operators' routes are refused to whatever comes from elsewhere than this machine.
    /// </summary>
    public FunctionKeys? Keys { get; init; }

    /// <summary>Where Service Bus keeps its messages. Null, the default value: in memory.</summary>
    public string? BrokerDirectory { get; init; }

    /// <summary>The port on the loopback addresses where Service Bus is served over AMQP. The default value, 0, is one that is free.</summary>
    public int AmqpPort { get; init; }

    /// <summary>Where logs go, the worker's too. The default is nowhere.</summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; init; }

    /// <summary>How long a stop waits for running functions before it cancels them. The default value, 10 seconds, is the Functions host's.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);
}
