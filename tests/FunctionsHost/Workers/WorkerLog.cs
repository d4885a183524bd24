using System.Collections.Concurrent;
using FunctionsHost.Rpc;
using Microsoft.Extensions.Logging;

namespace FunctionsHost.Workers;

/// <summary>
/// Log bridge that writes the workers' log entries in the Functions host's categories: <c>Function.NAME.User</c> for the app's code in an invocation,
/// <c>Worker</c> for the worker itself. Entries of the app outside invocations keep their own category; the Functions host drops them.
/// </summary>
internal sealed class WorkerLog(ILoggerFactory loggers)
{
    private const string WorkerCategory = "Worker";

    private readonly ConcurrentDictionary<string, string> _functions = [];

    /// <summary>Records which function an invocation runs. Called before the invocation starts.</summary>
    public void Begin(string invocationId, string function) => _functions[invocationId] = function;

    public void End(string invocationId) => _functions.TryRemove(invocationId, out _);

    public void Write(RpcLog log)
    {
        if (log.LogCategory == RpcLog.Types.RpcLogCategory.CustomMetric || log.Level == RpcLog.Types.Level.None)
        {
            return;
        }

        var category = log.LogCategory == RpcLog.Types.RpcLogCategory.System ? WorkerCategory
            : _functions.TryGetValue(log.InvocationId, out var function) ? $"Function.{function}.User"
            : log.Category;
        // Both enumerations have the same numbers.
        loggers.CreateLogger(category).Log((LogLevel)log.Level, new EventId(0, log.EventId), log, exception: null, (entry, _) => Text(entry));
    }

    private static string Text(RpcLog log) =>
        log.Exception is { } exception ? $"{log.Message}{Environment.NewLine}{exception.Message}" : log.Message;
}
