using FunctionsHost.Hosting;
using Microsoft.Extensions.Logging;

namespace FunctionsHost.Workers;

/// <summary>Supervisor that keeps one worker running and replaces one that ended.</summary>
internal sealed partial class WorkerSupervisor : IAsyncDisposable
{
    // The pause between failed starts. It doubles up to the longest.
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

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

    /// <summary>The worker that takes invocations; null while it is being replaced.</summary>
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
    /// <exception cref="FunctionsHostException">It did not start.</exception>
    public static async Task<WorkerSupervisor> StartAsync(WorkerLaunch launch, CancellationToken cancellationToken) =>
        new(launch, await Worker.StartAsync(launch, cancellationToken), launch.Loggers.CreateLogger<WorkerSupervisor>());

    /// <summary>Waits for the worker that takes invocations, and returns it.</summary>
    public async Task<Worker> GetReadyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var worker = await Ready.WaitAsync(cancellationToken);
            if (!worker.Ended.IsCompleted)
            {
                return worker;
            }

            // Yields until WatchAsync has noticed it.
            await Task.Yield();
        }
    }

    /// <summary>Ends the worker and starts no other.</summary>
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

    // Watches the worker and replaces it. Never throws; ends when this host stops.
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
        for (var pause = FirstPause; !_stopping.IsCancellationRequested; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            try
            {
                return await Worker.StartAsync(_launch, _stopping.Token);
            }
            catch (FunctionsHostException failure)
            {
                Log.NotReplaced(_logger, pause.TotalSeconds, failure);
                await Task.Delay(pause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // This host stops.
            }
        }

        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Worker {ProcessId} ended, and is replaced; until then invocations fail: {Reason}")]
        public static partial void Ended(ILogger logger, int processId, string reason);

        [LoggerMessage(2, LogLevel.Information, "Worker {ProcessId} is replaced by {Next}")]
        public static partial void Replaced(ILogger logger, int processId, int next);

        [LoggerMessage(3, LogLevel.Error, "A worker could not be started; the next try is in {Seconds} s")]
        public static partial void NotReplaced(ILogger logger, double seconds, Exception failure);
    }
}
