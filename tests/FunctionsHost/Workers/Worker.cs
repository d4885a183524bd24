using System.Collections.Concurrent;
using System.Net.Sockets;
using FunctionsHost.Functions;
using FunctionsHost.Hosting;
using FunctionsHost.Rpc;
using Google.Protobuf.WellKnownTypes;

namespace FunctionsHost.Workers;

/// <summary>Worker that has loaded its functions: a process and the stream to it. When one of the two ends, the worker has ended.</summary>
internal sealed class Worker : IAsyncDisposable
{
    // The time that the Functions host allows a worker to end.
    private static readonly TimeSpan TerminationTime = TimeSpan.FromSeconds(5);

    // Twice the start timeout of the Functions host, because a loaded machine is slow.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan ConnectInterval = TimeSpan.FromMilliseconds(20);

    // The version of the Functions host that this one imitates.
    private const string HostVersion = "4.1037.0";

    private readonly WorkerProcess _process;
    private readonly WorkerStream _stream;
    private readonly ConcurrentDictionary<string, Task> _running = [];

    private Worker(WorkerProcess process, WorkerStream stream)
    {
        (_process, _stream) = (process, stream);
        Ended = EndAsync();
    }

    /// <summary>Completes when the worker has ended, with the reason.</summary>
    public Task<string> Ended { get; }

    public WorkerDetails Details { get; private set; } = null!;

    /// <summary>The functions, ordered by name.</summary>
    public IReadOnlyList<FunctionDescription> Functions { get; private set; } = [];

    /// <summary>The address of the worker's HTTP server; null if it has no HTTP functions.</summary>
    public Uri? HttpAddress { get; private set; }

    /// <summary>Starts a process, and returns when it has loaded its functions and accepts requests.</summary>
    /// <exception cref="FunctionsHostException">The worker ended, reported an error, did not start in time, or has a function that this host does not
    /// support.</exception>
    public static async Task<Worker> StartAsync(WorkerLaunch launch, CancellationToken cancellationToken)
    {
        var stream = new WorkerStream(launch.Log.Write);
        var worker = new Worker(launch.Start(stream), stream);
        try
        {
            await worker.LoadAsync(launch, cancellationToken).WaitAsync(StartTimeout, cancellationToken);
            return worker;
        }
        catch (Exception exception)
        {
            worker.Kill();
            var reason = await worker.Ended;
            await worker.DisposeAsync();
            throw exception switch
            {
                WorkerLostException => new FunctionsHostException($"The worker ended before it was ready: {reason}", exception),
                TimeoutException => new FunctionsHostException($"The worker was not ready within {StartTimeout.TotalSeconds:0} s.", exception),
                _ => exception,
            };
        }
    }

    /// <summary>Runs a function. A cancellation is sent to the worker; the result is the worker's answer.</summary>
    /// <exception cref="WorkerLostException">The worker ended first.</exception>
    public async Task<StatusResult> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        var answer = _stream.AskAsync(new StreamingMessage { InvocationRequest = request });
        _running[request.InvocationId] = answer;
        try
        {
            await using var registration = cancellationToken.Register(() =>
                _stream.Send(new StreamingMessage { InvocationCancel = new InvocationCancel { InvocationId = request.InvocationId } }));
            return (await answer).InvocationResponse.Result;
        }
        finally
        {
            _running.TryRemove(request.InvocationId, out _);
        }
    }

    /// <summary>Waits until the invocations that are running now have ended, with any result.</summary>
    public Task DrainAsync() => Task.WhenAll(_running.Values.Select(invocation => invocation.ContinueWith(
        _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)));

    /// <summary>Ends the worker at once.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Asks the worker to end, and kills it if it has not ended within <see cref="TerminationTime"/>.</summary>
    public async Task TerminateAsync()
    {
        _stream.Send(new StreamingMessage { WorkerTerminate = new WorkerTerminate { GracePeriod = Duration.FromTimeSpan(TerminationTime) } });
        try
        {
            await _process.Exited.WaitAsync(TerminationTime);
        }
        catch (TimeoutException)
        {
            Kill();
        }

        await Ended;
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Ended;
        _process.Dispose();
    }

    private async Task<string> EndAsync()
    {
        // A worker that has lost its stream would stay alive without doing anything, so it is killed.
        await Task.WhenAny(_process.Exited, _stream.Closed);
        Kill();
        await _process.Exited;
        _stream.Close();
        return _process.ExitDescription;
    }

    private async Task LoadAsync(WorkerLaunch launch, CancellationToken cancellationToken)
    {
        if (await Task.WhenAny(_stream.Opened, Ended) == Ended)
        {
            throw new WorkerLostException();
        }

        var initialized = (await _stream.AskAsync(new StreamingMessage
        {
            WorkerInitRequest = new WorkerInitRequest
            {
                HostVersion = HostVersion, WorkerDirectory = launch.Directory, FunctionAppDirectory = launch.Directory,
            },
        })).WorkerInitResponse;
        ThrowIfFailed(initialized.Result, "The worker cannot start");
        Details = new WorkerDetails(
            _process.Id,
            initialized.WorkerMetadata?.WorkerVersion ?? "",
            $"{initialized.WorkerMetadata?.RuntimeName} {initialized.WorkerMetadata?.RuntimeVersion}");

        var described = (await _stream.AskAsync(new StreamingMessage
        {
            FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = launch.Directory },
        })).FunctionMetadataResponse;
        ThrowIfFailed(described.Result, "The worker cannot describe its functions");
        await Task.WhenAll(described.FunctionMetadataResults.Select(LoadAsync));
        Functions =
        [
            .. described.FunctionMetadataResults
                .Select(metadata => FunctionDescription.Read(metadata, launch.Settings))
                .OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase),
        ];
        if (Functions.Any(function => function.Trigger is HttpTrigger))
        {
            HttpAddress = initialized.Capabilities.TryGetValue("HttpUri", out var address)
                ? new Uri(address)
                : throw new FunctionsHostException("This host supports HTTP functions only with ASP.NET Core: call ConfigureFunctionsWebApplication.");
            await ListeningAsync(HttpAddress, cancellationToken);
        }
    }

    private async Task LoadAsync(RpcFunctionMetadata function)
    {
        var loaded = (await _stream.AskAsync(new StreamingMessage
        {
            FunctionLoadRequest = new FunctionLoadRequest { FunctionId = function.FunctionId, Metadata = function },
        })).FunctionLoadResponse;
        ThrowIfFailed(loaded.Result, $"The worker cannot load function {function.Name}");
    }

    /// <summary>Waits until the worker's HTTP server listens. It starts independently of the stream.</summary>
    private async Task ListeningAsync(Uri address, CancellationToken cancellationToken)
    {
        while (!Ended.IsCompleted)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(address.Host, address.Port, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(ConnectInterval, cancellationToken);
            }
        }

        throw new WorkerLostException();
    }

    private static void ThrowIfFailed(StatusResult result, string error)
    {
        if (result.Status != StatusResult.Types.Status.Success)
        {
            throw new FunctionsHostException($"{error}: {result.Exception?.Message ?? result.Result}");
        }
    }
}
