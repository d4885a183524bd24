using System.Net;
using System.Net.Sockets;
using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using LocalHost.Functions;
using LocalHost.ServiceBus;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using WebhookFunctions.Hosting;

namespace LocalHost.Hosting;

/// <summary>
/// The Function App in this process: its functions found by their attributes, Kestrel for the HTTP ones, the embedded Service Bus for the
/// others. Storage is whatever the settings name.
/// </summary>
public sealed class LocalHostApp : IAsyncDisposable
{
    private const string EnvironmentSetting = "AZURE_FUNCTIONS_ENVIRONMENT";

    // Storage that is away at the start is the app's to wait for, not ours.
    private static readonly TimeSpan LongestProvisioning = TimeSpan.FromSeconds(10);

    private readonly WebApplication _app;
    private readonly EmbeddedBroker _messages;
    private readonly AmqpListener? _amqp;
    private readonly IServiceBusBroker? _client;

    private LocalHostApp(WebApplication app, EmbeddedBroker messages, InterruptibleBroker broker, AmqpListener? amqp, IServiceBusBroker? client)
    {
        _app = app;
        _messages = messages;
        _amqp = amqp;
        _client = client;
        Broker = broker;
    }

    /// <summary>Where it listens: <c>http://127.0.0.1:PORT</c>.</summary>
    public Uri BaseAddress =>
        new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>The app's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Service Bus, as the app and its triggers reach it.</summary>
    public InterruptibleBroker Broker { get; }

    /// <summary>What an SDK connects to Service Bus with, where it is served over AMQP; otherwise null.</summary>
    public string? AmqpConnectionString => _amqp?.ConnectionString;

    /// <summary>The functions, by name.</summary>
    internal IReadOnlyList<DiscoveredFunction> Functions => _app.Services.GetRequiredService<IReadOnlyList<DiscoveredFunction>>();

    internal HostJson HostJson => _app.Services.GetRequiredService<HostJson>();

    /// <summary>Starts the app, and returns when it listens and its tables and containers are there.</summary>
    /// <exception cref="LocalHostException">It can't start, for a reason that the message tells.</exception>
    public static async Task<LocalHostApp> StartAsync(LocalHostOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfTaken(options.Port);
        var messages = OpenBroker(options);
        WebApplication? app = null;
        AmqpListener? amqp = null;
        IServiceBusBroker? client = null;
        try
        {
            amqp = OpenAmqp(options, messages);
            if (amqp is not null)
            {
                client = options.ConnectApp?.Invoke(amqp.ConnectionString);
            }

            var broker = new InterruptibleBroker(client ?? messages);
            app = Build(options, broker);
            await app.StartAsync(cancellationToken);
            await ProvisionedAsync(app, cancellationToken);
            return new LocalHostApp(app, messages, broker, amqp, client);
        }
        catch (Exception failure)
        {
            if (app is not null)
            {
                await app.StopAsync(CancellationToken.None);
                await app.DisposeAsync();
            }

            await (client?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (amqp?.DisposeAsync() ?? ValueTask.CompletedTask);
            await messages.DisposeAsync();
            throw failure is OptionsValidationException ? new LocalHostException($"A setting is invalid: {failure.Message}", failure) : failure;
        }
    }

    /// <summary>How many messages a queue, or its dead letters, holds.</summary>
    public Task<QueueCounts> GetCountsAsync(string queue, CancellationToken cancellationToken = default) =>
        _messages.GetCountsAsync(queue, cancellationToken);

    /// <summary>Runs a timer's function now.</summary>
    /// <returns>Whether there is a timer's function of this name.</returns>
    public async Task<bool> RunTimerAsync(string name, CancellationToken cancellationToken = default)
    {
        var timer = Services.GetServices<IHostedService>().OfType<TimerPump>()
            .FirstOrDefault(timer => string.Equals(timer.Name, name, StringComparison.OrdinalIgnoreCase));
        await (timer?.RunAsync(cancellationToken) ?? Task.CompletedTask);
        return timer is not null;
    }

    /// <summary>Waits until the caller is done or the host itself has failed and stops.</summary>
    public async Task WaitForShutdownAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Stops listening and receiving, awaits what runs for a bounded time, and closes Service Bus.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_amqp?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _messages.DisposeAsync();
    }

    // Before anything is started, and for a shorter message than the one that comes of it.
    private static void ThrowIfTaken(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException taken)
        {
            throw new LocalHostException($"Port {port} can't be listened on: {taken.Message}.", taken);
        }
    }

    private static EmbeddedBroker OpenBroker(LocalHostOptions options)
    {
        try
        {
            return EmbeddedBroker.Open(new BrokerOptions
            {
                DataDirectory = options.BrokerDirectory,
                Queues = QueueDefinitions.All,
                TimeProvider = options.TimeProvider,
            });
        }
        catch (Exception refused) when (refused is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new LocalHostException($"Service Bus can't use '{options.BrokerDirectory}': {refused.Message}", refused);
        }
    }

    private static AmqpListener? OpenAmqp(LocalHostOptions options, EmbeddedBroker messages)
    {
        if (options.AmqpPort is not { } port)
        {
            return null;
        }

        try
        {
            return AmqpListener.Open(new AmqpListenerOptions { Broker = messages, Port = port, TimeProvider = options.TimeProvider });
        }
        catch (IOException inUse)
        {
            throw new LocalHostException($"Service Bus can't be served over AMQP: {inUse.Message}", inUse);
        }
    }

    private static WebApplication Build(LocalHostOptions options, InterruptibleBroker broker)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            EnvironmentName = options.Settings.GetValueOrDefault(EnvironmentSetting, Environments.Development),
        });
        // Two underscores stand for a level, as in the environment.
        builder.Configuration.AddInMemoryCollection(options.Settings.Select(
            setting => KeyValuePair.Create(setting.Key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), (string?)setting.Value)));
        builder.Configuration[EnvironmentSetting] = builder.Environment.EnvironmentName;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        options.ConfigureLogging?.Invoke(builder.Logging);

        var hostJson = HostJson.Read(RepositoryPaths.HostJson);
        var functions = DiscoveredFunction.In(typeof(WebhookFunctionsServices).Assembly);
        var services = builder.Services;
        services.AddRouting();
        services.AddMvcCore();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        // Signals are the caller's: a test has several hosts in one process.
        services.AddSingleton<IHostLifetime, CallersLifetime>();
        services.AddSingleton(options.TimeProvider);
        services.AddSingleton(hostJson);
        services.AddSingleton(functions);
        services.AddSingleton<IServiceBusBroker>(broker);
        services.AddSingleton<ServiceBusClient>(new EmbeddedServiceBusClient(broker));
        options.ConfigureServices?.Invoke(services);
        services.AddWebhookFunctions(builder.Configuration);
        foreach (var function in functions)
        {
            switch (function.Trigger)
            {
                case ServiceBusTriggerAttribute:
                    services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<MessagePump>(provider, function));
                    break;
                case TimerTriggerAttribute:
                    services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<TimerPump>(provider, function));
                    break;
            }
        }

        var app = builder.Build();
        app.UseRouting();
        app.MapHttpFunctions(functions, hostJson);
        return app;
    }

    private static async Task ProvisionedAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var provisioning = app.Services.GetServices<IHostedService>().OfType<StorageProvisioning>().Single();
        await Task.WhenAny(provisioning.ExecuteTask!, Task.Delay(LongestProvisioning, cancellationToken));
    }

    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
