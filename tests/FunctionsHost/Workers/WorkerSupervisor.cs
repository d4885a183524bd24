using FunctionsHost.Hosting;
using Microsoft.Extensions.Logging;

namespace FunctionsHost.Workers;

/// <summary>Supervisor that keeps one worker running and replaces one that ended.</summary>
internal sealed partial class WorkerSupervisor : IAsyncDisposable
{
    // The backoff between failed starts, which doubles up to the maximum.
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(30);

    private readonly WorkerLaunch _launch;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Task _watching;
    private TaskCompletionSource<Worker> _ready = NewReady();

    private WorkerSupervisor(WorkerLaunch launch, Worker first, ILogger logger)
    {
        (_launch, _logger) = (launch, logger);
        _ready.SetResult(first);
        _watching = WatchAsync(first);
    }

    /// <summary>Gets the current worker; null while it is being replaced.</summary>
    public Worker? Current
    {
        get
        {
            var ready = Ready;
            return ready.IsCompletedSuccessfully && !ready.GetAwaiter().GetResult().Ended.IsCompleted ? ready.GetAwaiter().GetResult() : null;
        }
    }

    private Task<Worker> Ready
    {
        get
        {
            lock (_lock)
            {
                return _ready.Task;
            }
        }
    }

    /// <summary>Starts the first worker.</summary>
    /// <exception cref="FunctionsHostException">The worker did not start.</exception>
    public static async Task<WorkerSupervisor> StartAsync(WorkerLaunch launch, CancellationToken cancellationToken) =>
        new(launch, await Worker.StartAsync(launch, cancellationToken), launch.Loggers.CreateLogger<WorkerSupervisor>());

    /// <summary>Returns the current worker. Waits while a worker that ended is being replaced.</summary>
    public async Task<Worker> GetReadyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var worker = await Ready.WaitAsync(cancellationToken);
            if (!worker.Ended.IsCompleted)
            {
                return worker;
            }

            // The worker has ended, and WatchAsync has not yet reset _ready.
            await Task.Yield();
        }
    }

    /// <summary>Ends the worker, and does not replace it.</summary>
    public async Task TerminateAsync()
    {
        await _stopping.CancelAsync();
        await (Current?.TerminateAsync() ?? Task.CompletedTask);
        await _watching;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Current?.Kill();
        await _watching;
        _stopping.Dispose();
    }

    private static TaskCompletionSource<Worker> NewReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Waits for the end of the worker and replaces it, until this host stops. Never throws.
    private async Task WatchAsync(Worker? worker)
    {
        while (worker is not null)
        {
            var reason = await worker.Ended;
            var next = NewReady();
            lock (_lock)
            {
                _ready = next;
            }

            var id = worker.Details.ProcessId;
            await worker.DisposeAsync();
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            Log.Ended(_logger, id, reason);
            worker = await RestartAsync();
            if (worker is not null)
            {
                Log.Replaced(_logger, id, worker.Details.ProcessId);
                next.SetResult(worker);
                if (_stopping.IsCancellationRequested)
                {
                    worker.Kill();
                }
            }
        }
    }

    private async Task<Worker?> RestartAsync()
    {
        for (var pause = FirstBackoff; !_stopping.IsCancellationRequested; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, MaxBackoff.Ticks)))
        {
            try
            {
                return await Worker.StartAsync(_launch, _stopping.Token);
            }
            catch (FunctionsHostException exception)
            {
                Log.NotReplaced(_logger, pause.TotalSeconds, exception);
                await Task.Delay(pause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // The host is stopping.
            }
        }

        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Worker {ProcessId} ended. Invocations fail until it is replaced: {Reason}")]
        public static partial void Ended(ILogger logger, int processId, string reason);

        [LoggerMessage(2, LogLevel.Information, "Worker {ProcessId} was replaced by worker {Next}")]
        public static partial void Replaced(ILogger logger, int processId, int next);

        [LoggerMessage(3, LogLevel.Error, "A worker could not be started; the next attempt is in {Seconds} s")]
        public static partial void NotReplaced(ILogger logger, double seconds, Exception exception);
    }
}
