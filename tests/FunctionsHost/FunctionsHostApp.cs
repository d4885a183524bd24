using FunctionsHost.Functions;
using FunctionsHost.Hosting;
using FunctionsHost.Http;
using FunctionsHost.ServiceBus;
using FunctionsHost.Timers;
using FunctionsHost.Workers;
using Microsoft.Extensions.Logging;

namespace FunctionsHost;

/// <summary>
/// Functions host that runs an app of the .NET isolated worker. It starts the worker as a separate process, communicates with it by the Functions RPC
/// protocol, and invokes its functions for HTTP requests, Service Bus messages and timers. README.md lists what it does not support.
/// </summary>
public sealed class FunctionsHostApp : IAsyncDisposable
{
    private readonly FunctionsHostOptions _options;
    private readonly Parts _parts;
    private bool _stopped;

    private FunctionsHostApp(FunctionsHostOptions options, Parts parts) => (_options, _parts) = (options, parts);

    /// <summary>The address of the HTTP functions: <c>http://127.0.0.1:PORT</c>.</summary>
    public Uri BaseAddress => _parts.Front!.BaseAddress;

    /// <summary>The functions, ordered by name.</summary>
    public required IReadOnlyList<FunctionDescription> Functions { get; init; }

    /// <summary>Starts the worker, and returns when all functions can be triggered.</summary>
    /// <exception cref="FunctionsHostException">The host cannot start; the message says why.</exception>
    public static async Task<FunctionsHostApp> StartAsync(FunctionsHostOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var assembly = Path.GetFullPath(options.Assembly);
        var settings = new Dictionary<string, string>(options.Settings, StringComparer.OrdinalIgnoreCase);
        var hostJson = HostJson.Read(Path.GetDirectoryName(assembly)!, settings);
        var parts = new Parts { Loggers = CreateLoggers(hostJson, options) };
        try
        {
            var messages = new HeldMessages();
            var workerLog = new WorkerLog(parts.Loggers);
            parts.Server = await WorkerServer.StartAsync(messages, parts.Loggers, cancellationToken);
            parts.Workers = await WorkerSupervisor.StartAsync(
                new WorkerLaunch(assembly, settings, parts.Server, workerLog, parts.Loggers), cancellationToken);
            var functions = (await parts.Workers.GetReadyAsync(cancellationToken)).Functions;
            var invoker = parts.Invoker = new FunctionInvoker(parts.Workers, hostJson, workerLog, options.TimeProvider, parts.Loggers);
            foreach (var function in functions)
            {
                switch (function.Trigger)
                {
                    case ServiceBusTrigger trigger:
                        parts.Queues.Add(new QueueListener(function, trigger, hostJson, settings, invoker, messages, parts.Loggers));
                        break;
                    case TimerTrigger trigger:
                        parts.Timers.Add(new TimerListener(function, trigger, invoker, options.TimeProvider));
                        break;
                }
            }

            parts.Front = await HttpFront.StartAsync(
                options, hostJson, settings, functions, parts.Timers, invoker, parts.Loggers, cancellationToken);
            await Task.WhenAll(parts.Queues.Select(queue => queue.StartAsync(cancellationToken)));
            parts.Timers.ForEach(timer => timer.Start());
            return new FunctionsHostApp(options, parts) { Functions = functions };
        }
        catch
        {
            await parts.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the details of the current worker. Waits while a worker that ended is being replaced.</summary>
    public async Task<WorkerDetails> GetWorkerAsync(CancellationToken cancellationToken = default) =>
        (await _parts.Workers!.GetReadyAsync(cancellationToken)).Details;

    /// <summary>Runs a timer's function now, and returns when it has ended.</summary>
    /// <returns>The failure; null for success.</returns>
    /// <exception cref="ArgumentException">No timer function has this name.</exception>
    public async Task<string?> RunTimerAsync(string name, CancellationToken cancellationToken = default)
    {
        var timer = _parts.Timers.Find(timer => timer.IsNamed(name))
            ?? throw new ArgumentException($"No timer function has the name {name}.", nameof(name));
        return (await timer.FireAsync(cancellationToken)).Error;
    }

    /// <summary>
    /// Drains as the Functions host does before its instance is replaced in a rolling update. Queues and timers start nothing more, and running
    /// functions are not cancelled. HTTP functions are still served. Completes when the functions of queues and timers have ended.
    /// </summary>
    public Task DrainAsync() =>
        Task.WhenAll([.. _parts.Queues.Select(queue => queue.StopAsync()), .. _parts.Timers.Select(timer => timer.StopAsync())]);

    /// <summary>
    /// Stops as the Functions host does. It waits for running invocations, for <see cref="FunctionsHostOptions.DrainTime"/> at most, while queues and
    /// timers start further ones. Then it cancels the rest and, without waiting for them, ends the worker. Messages of cancelled invocations stay locked.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        await Task.WhenAll(_parts.Front!.StopAsync(_options.DrainTime), WaitForInvocationsAsync());
        _parts.Queues.ForEach(queue => queue.LeaveMessagesLocked());
        await _parts.Invoker!.CancelAllAsync();
        await _parts.Workers!.TerminateAsync();
        await _parts.DisposeAsync();
    }

    private static ILoggerFactory CreateLoggers(HostJson hostJson, FunctionsHostOptions options) => LoggerFactory.Create(logging =>
    {
        // At lower levels these log addresses with their query strings, which may contain keys.
        foreach (var library in (string[])["Microsoft.AspNetCore", "Microsoft.Extensions", "Microsoft.Hosting", "Azure", "Grpc", "System"])
        {
            logging.AddFilter(library, LogLevel.Warning);
        }

        // WorkerForwarder logs what was not forwarded. YARP itself also warns of each caller who disconnects.
        logging.AddFilter("Yarp", LogLevel.None);
        logging.AddConfiguration(hostJson.Logging);
        options.ConfigureLogging?.Invoke(logging);
    });

    private async Task WaitForInvocationsAsync()
    {
        if (_parts.Workers!.Current is { } worker)
        {
            await Task.WhenAny(worker.DrainAsync(), Task.Delay(_options.DrainTime));
        }
    }

    /// <summary>Parts of a host, as far as they have been started.</summary>
    private sealed class Parts : IAsyncDisposable
    {
        public required ILoggerFactory Loggers { get; init; }

        public WorkerServer? Server { get; set; }

        public WorkerSupervisor? Workers { get; set; }

        public FunctionInvoker? Invoker { get; set; }

        public HttpFront? Front { get; set; }

        public List<QueueListener> Queues { get; } = [];

        public List<TimerListener> Timers { get; } = [];

        /// <summary>Stops all parts, from the triggers down to what they need.</summary>
        public async ValueTask DisposeAsync()
        {
            await (Workers?.DisposeAsync() ?? ValueTask.CompletedTask);
            await Task.WhenAll(Queues.Select(queue => queue.DisposeAsync().AsTask()));
            await Task.WhenAll(Timers.Select(timer => timer.DisposeAsync().AsTask()));
            await (Front?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (Server?.DisposeAsync() ?? ValueTask.CompletedTask);
            Invoker?.Dispose();
            Loggers.Dispose();
        }
    }
}
