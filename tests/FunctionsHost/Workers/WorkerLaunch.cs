using FunctionsHost.Rpc;
using Microsoft.Extensions.Logging;

namespace FunctionsHost.Workers;

/// <summary>What every worker of a host is started with.</summary>
/// <param name="Assembly">The path of the app's assembly.</param>
/// <param name="Settings">The app settings.</param>
/// <param name="Server">What the worker connects to.</param>
/// <param name="Log">Where its logs go.</param>
/// <param name="Loggers">Where its output goes.</param>
internal sealed record WorkerLaunch(
    string Assembly, IReadOnlyDictionary<string, string> Settings, WorkerServer Server, WorkerLog Log, ILoggerFactory Loggers)
{
    // The Functions host's: no limit but the type's.
    private const int MaxMessageLength = int.MaxValue;

    /// <summary>The directory of the app.</summary>
    public string Directory => Path.GetDirectoryName(Assembly)!;

    /// <summary>Starts a process that will open the stream, with the arguments that the Functions host gives.</summary>
    public WorkerProcess Start(WorkerStream stream)
    {
        var worker = Guid.NewGuid().ToString();
        var request = Guid.NewGuid().ToString();
        Server.Workers.Streams[worker] = stream;
        try
        {
            // Each twice: the names without a prefix are the older ones.
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
