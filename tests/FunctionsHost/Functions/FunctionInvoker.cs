using System.Diagnostics;
using FunctionsHost.Hosting;
using FunctionsHost.Rpc;
using FunctionsHost.Workers;
using Microsoft.Extensions.Logging;

namespace FunctionsHost.Functions;

/// <summary>
/// Invoker that runs functions in the current worker. If there is none, an invocation fails at once. An invocation that exceeds
/// <c>functionTimeout</c> of host.json is cancelled. If it does not end then, its worker is replaced.
/// </summary>
internal sealed partial class FunctionInvoker(
    WorkerSupervisor workers, HostJson hostJson, WorkerLog workerLog, TimeProvider clock, ILoggerFactory loggers) : IDisposable
{
    // The time that the WebJobs SDK allows an invocation that timed out to end after its cancellation.
    private static readonly TimeSpan GraceTime = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _cancelled = new();

    /// <summary>Starts an invocation.</summary>
    /// <param name="function">The function.</param>
    /// <param name="data">The data for the trigger's parameter.</param>
    /// <param name="metadata">The data for other parameters, by name.</param>
    /// <param name="cancellationToken">Makes the worker cancel the invocation.</param>
    public Invocation Begin(
        FunctionDescription function, TypedData data, IEnumerable<KeyValuePair<string, TypedData>> metadata, CancellationToken cancellationToken)
    {
        var request = new InvocationRequest
        {
            InvocationId = Guid.NewGuid().ToString(),
            FunctionId = function.Id,
            InputData = { new ParameterBinding { Name = function.Trigger.Parameter, Data = data } },
            TraceContext = new RpcTraceContext
            {
                TraceParent = Activity.Current?.Id ?? "", TraceState = Activity.Current?.TraceStateString ?? "",
            },
        };
        foreach (var (name, value) in metadata)
        {
            request.TriggerMetadata[name] = value;
        }

        var worker = workers.Current;
        return new Invocation(
            request.InvocationId, worker, RunAsync(function, worker, request, cancellationToken));
    }

    /// <summary>Cancels all running invocations, and all that begin later.</summary>
    public Task CancelAllAsync() => _cancelled.CancelAsync();

    public void Dispose() => _cancelled.Dispose();

    // Runs an invocation to its end. Never throws.
    private async Task<InvocationResult> RunAsync(
        FunctionDescription function, Worker? worker, InvocationRequest request, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger($"Function.{function.Name}");
        var started = Stopwatch.GetTimestamp();
        workerLog.Begin(request.InvocationId, function.Name);
        try
        {
            var result = worker is null ? InvocationResult.NoWorker : await RunAsync(worker, request, cancellationToken);
            var milliseconds = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (result.Succeeded)
            {
                Log.Succeeded(logger, function.Name, request.InvocationId, milliseconds);
            }
            else
            {
                Log.Failed(logger, function.Name, request.InvocationId, milliseconds, result.Error);
            }

            return result;
        }
        finally
        {
            workerLog.End(request.InvocationId);
        }
    }

    private async Task<InvocationResult> RunAsync(Worker worker, InvocationRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(hostJson.FunctionTimeout, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token, _cancelled.Token);
        try
        {
            var running = worker.InvokeAsync(request, any.Token);
            await Task.WhenAny(running, OverdueAsync(timeout.Token));
            if (!running.IsCompleted)
            {
                worker.Kill();
                return new InvocationResult($"It took longer than {hostJson.FunctionTimeout}, so its worker is replaced.");
            }

            var result = await running;
            if (timeout.IsCancellationRequested)
            {
                // The invocation has failed, even if it returned a result after it was cancelled.
                return new InvocationResult($"It took longer than {hostJson.FunctionTimeout}.");
            }

            return result.Status == StatusResult.Types.Status.Success
                ? InvocationResult.Success
                : new InvocationResult(result.Exception?.Message ?? $"{result.Status}");
        }
        catch (WorkerLostException exception)
        {
            return new InvocationResult(exception.Message);
        }
    }

    private static async Task OverdueAsync(CancellationToken timeout)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, timeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(GraceTime, CancellationToken.None);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Executed {Function} (Succeeded, Id={InvocationId}, Duration={Milliseconds}ms)")]
        public static partial void Succeeded(ILogger logger, string function, string invocationId, long milliseconds);

        [LoggerMessage(2, LogLevel.Error, "Executed {Function} (Failed, Id={InvocationId}, Duration={Milliseconds}ms): {Error}")]
        public static partial void Failed(ILogger logger, string function, string invocationId, long milliseconds, string error);
    }
}
