using FunctionsHost.Rpc;
using Microsoft.Extensions.Logging;

namespace FunctionsHost.Workers;

/// <summary>Launcher that starts worker processes with the parameters of a host.</summary>
/// <param name="Assembly">The path of the app's assembly.</param>
/// <param name="Settings">The app settings.</param>
/// <param name="Server">The server to which the worker connects.</param>
/// <param name="Log">The destination of its logs.</param>
/// <param name="Loggers">The destination of its output.</param>
internal sealed record WorkerLaunch(
    string Assembly, IReadOnlyDictionary<string, string> Settings, WorkerServer Server, WorkerLog Log, ILoggerFactory Loggers)
{
    // The Functions host sets no lower limit.
    private const int MaxMessageLength = int.MaxValue;

    /// <summary>The directory of the app.</summary>
    public string Directory => Path.GetDirectoryName(Assembly)!;

    /// <summary>Starts a process with the arguments of the Functions host. The process then opens the stream.</summary>
    public WorkerProcess Start(WorkerStream stream)
    {
        var worker = Guid.NewGuid().ToString();
        var request = Guid.NewGuid().ToString();
        Server.Workers.Streams[worker] = stream;
        try
        {
            // Each argument is passed under two names, because older workers know only those without a prefix.
            return WorkerProcess.Start(
                Assembly,
                [
                    "--host", Server.Address.Host,
                    "--port", $"{Server.Address.Port}",
                    "--workerId", worker,
                    "--requestId", request,
                    "--grpcMaxMessageLength", $"{MaxMessageLength}",
                    "--functions-uri", Server.Address.AbsoluteUri,
                    "--functions-worker-id", worker,
                    "--functions-request-id", request,
                    "--functions-grpc-max-message-length", $"{MaxMessageLength}",
                ],
                Settings,
                Loggers);
        }
        catch
        {
            Server.Workers.Streams.TryRemove(worker, out _);
            throw;
        }
    }
}
