using EmbeddedServiceBus;
using Microsoft.Extensions.DependencyInjection;
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

    /// <summary>Where Service Bus keeps its messages. Null, the default value: in memory.</summary>
    public string? BrokerDirectory { get; init; }

    /// <summary>The port on the loopback addresses where Service Bus is served over AMQP as well; 0 is one that is free. Null, the default value: none.</summary>
    public int? AmqpPort { get; init; }

    /// <summary>
    /// Makes the client by which the app and its triggers reach Service Bus from the connection string of that port, so that their messages
    /// pass over the wire. Null, the default value: they reach it in this process.
    /// </summary>
    public Func<string, IServiceBusBroker>? ConnectApp { get; init; }

    /// <summary>The clock of the app and of Service Bus. The default value is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Registers services before the app registers its own, which then gives way where it can.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }

    /// <summary>Where logs go. The default is nowhere.</summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; init; }

    /// <summary>How long functions that run are awaited when the host stops. The default value is 20 seconds.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
