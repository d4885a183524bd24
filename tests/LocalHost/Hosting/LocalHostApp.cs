using System.Net;
using System.Net.Sockets;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using FunctionsHost.Http;
using FunctionsHost;
using FunctionsHost.Functions;
using FunctionsHost.Hosting;
using FunctionsHost.Workers;
using LocalHost.ServiceBus;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using WebhookFunctions.Hosting;
using WebhookFunctions.Messaging;

namespace LocalHost.Hosting;

/// <summary>
/// Function App on this machine: its own build in a worker process, under a small Functions host, with the embedded Service Bus over AMQP. The
/// settings decide the storage.
/// </summary>
public sealed class LocalHostApp : IAsyncDisposable
{
    private const string EnvironmentSetting = "AZURE_FUNCTIONS_ENVIRONMENT";

    // If storage is unavailable at the start, this host stops waiting after this time, and the app continues to wait.
    private static readonly TimeSpan ProvisioningTimeout = TimeSpan.FromSeconds(10);

    private readonly EmbeddedBroker _messages;
    private readonly AmqpListener _amqp;
    private readonly FunctionsHostApp _functions;
    private readonly ServiceProvider _services;

    private LocalHostApp(EmbeddedBroker messages, InterruptibleBroker broker, AmqpListener amqp, FunctionsHostApp functions, ServiceProvider services)
        => (_messages, Broker, _amqp, _functions, _services) = (messages, broker, amqp, functions, services);

    /// <summary>Gets the address of the functions: <c>http://127.0.0.1:PORT</c>.</summary>
    public Uri BaseAddress => _functions.BaseAddress;

    /// <summary>Gets the address of the dashboard, the page that shows the results.</summary>
    public Uri Dashboard => DashboardOf(BaseAddress);

    /// <summary>The prefix of the routes of all functions, from the app's host.json.</summary>
    public static string RoutePrefix { get; } = HostJson.Read(Path.GetDirectoryName(RepositoryPaths.App)!, new Dictionary<string, string>()).RoutePrefix;

    /// <summary>
    /// Gets the app's services, registered a second time in this process with the same storage and queues. They can read what the worker has written,
    /// and can act as another instance. They share no state in memory with the worker.
    /// </summary>
    public IServiceProvider Services => _services;

    /// <summary>Gets the broker of the queues, to which the worker and its host connect over AMQP.</summary>
    public InterruptibleBroker Broker { get; }

    /// <summary>The connection string of the queues for any SDK.</summary>
    public string AmqpConnectionString => _amqp.ConnectionString;

    /// <summary>The functions, ordered by name.</summary>
    public IReadOnlyList<FunctionDescription> Functions => _functions.Functions;

    /// <summary>Starts the app, and returns when it listens and its tables and containers exist.</summary>
    /// <exception cref="LocalHostException">The app cannot start; the message says why.</exception>
    public static async Task<LocalHostApp> StartAsync(LocalHostOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfTaken(options.Port);
        var messages = OpenBroker(options);
        AmqpListener? amqp = null;
        ServiceProvider? services = null;
        FunctionsHostApp? functions = null;
        try
        {
            var broker = new InterruptibleBroker(messages);
            amqp = OpenAmqp(options, messages, broker);
            var settings = Settings(options, amqp.ConnectionString);
            services = Compose(settings);
            functions = await FunctionsHostApp.StartAsync(
                new FunctionsHostOptions
                {
                    Assembly = RepositoryPaths.App,
                    Settings = settings,
                    Port = options.Port,
                    Keys = options.Keys,
                    OperatorsAreLocal = options.Keys is null,
                    DrainTime = options.DrainTime,
                    ConfigureLogging = options.ConfigureLogging,
                },
                cancellationToken);
            await ProvisionedAsync(services, cancellationToken);
            return new LocalHostApp(messages, broker, amqp, functions, services);
        }
        catch (Exception exception)
        {
            await (functions?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (services?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (amqp?.DisposeAsync() ?? ValueTask.CompletedTask);
            await messages.DisposeAsync();
            throw exception is FunctionsHostException ? new LocalHostException(exception.Message, exception) : exception;
        }
    }

    /// <summary>Returns the address of the dashboard of an app.</summary>
    public static Uri DashboardOf(Uri app) => new(app, $"{RoutePrefix}/dashboard/");

    /// <summary>Returns the details of the current worker. Waits while a worker that ended is being replaced.</summary>
    public Task<WorkerDetails> GetWorkerAsync(CancellationToken cancellationToken = default) => _functions.GetWorkerAsync(cancellationToken);

    /// <summary>Returns the counts of a queue or of a dead-letter queue.</summary>
    public Task<QueueCounts> GetCountsAsync(string queue, CancellationToken cancellationToken = default) =>
        _messages.GetCountsAsync(queue, cancellationToken);

    /// <summary>Runs a timer's function now, and returns when it has ended.</summary>
    /// <returns>The failure; null for success.</returns>
    /// <exception cref="ArgumentException">No timer function has this name.</exception>
    public Task<string?> RunTimerAsync(string name, CancellationToken cancellationToken = default) => _functions.RunTimerAsync(name, cancellationToken);

    /// <summary>Stops as the Functions host does, and closes the queues.</summary>
    public async ValueTask DisposeAsync()
    {
        await _functions.DisposeAsync();
        await _services.DisposeAsync();
        await _amqp.DisposeAsync();
        await _messages.DisposeAsync();
    }

    // Runs before anything is started, because its message is shorter than that of a failed start.
    private static void ThrowIfTaken(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException exception)
        {
            throw new LocalHostException($"Can't listen on port {port}: {exception.Message}.", exception);
        }
    }

    private static EmbeddedBroker OpenBroker(LocalHostOptions options)
    {
        try
        {
            return EmbeddedBroker.Open(new BrokerOptions { DataDirectory = options.BrokerDirectory, Queues = QueueDefinitions.All });
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new LocalHostException($"Service Bus can't use '{options.BrokerDirectory}': {exception.Message}", exception);
        }
    }

    private static AmqpListener OpenAmqp(LocalHostOptions options, EmbeddedBroker messages, InterruptibleBroker broker)
    {
        try
        {
            return AmqpListener.Open(new AmqpListenerOptions { Broker = messages, Front = broker, Port = options.AmqpPort });
        }
        catch (IOException exception)
        {
            throw new LocalHostException($"Service Bus can't be served over AMQP: {exception.Message}", exception);
        }
    }

    /// <summary>Returns the settings of the worker and its host: the caller's, with the embedded queues and the limits of a deployment.</summary>
    private static Dictionary<string, string> Settings(LocalHostOptions options, string serviceBus)
    {
        var settings = options.Settings
            .Where(setting => !setting.Key.StartsWith($"{QueueNames.Connection}__", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(StringComparer.OrdinalIgnoreCase);
        settings[QueueNames.Connection] = serviceBus;
        settings.TryAdd(EnvironmentSetting, Environments.Development);
        settings.TryAdd(HttpFront.BodySizeSetting, HostLimits.BodyLimit(settings));
        return settings;
    }

    private static ServiceProvider Compose(Dictionary<string, string> settings)
    {
        var configuration = LocalSettings.ToConfiguration(settings);
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddWebhookFunctions(configuration)
            .BuildServiceProvider();
        try
        {
            // Validates here as well, because the worker ends at once with an invalid option, and its message would not be shown.
            services.GetService<IStartupValidator>()?.Validate();
            return services;
        }
        catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
        {
            // The second is a value that is not of its setting's type.
            services.Dispose();
            throw new LocalHostException($"A setting is invalid: {exception.Message}", exception);
        }
    }

    private static async Task ProvisionedAsync(ServiceProvider services, CancellationToken cancellationToken)
    {
        var provisioning = services.GetServices<IHostedService>().OfType<StorageProvisioning>().Single();
        await provisioning.StartAsync(cancellationToken);
        await Task.WhenAny(provisioning.ExecuteTask!, Task.Delay(ProvisioningTimeout, cancellationToken));
        await provisioning.StopAsync(cancellationToken);
    }
}
