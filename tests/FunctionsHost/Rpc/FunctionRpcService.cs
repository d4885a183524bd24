using System.Collections.Concurrent;
using Grpc.Core;

namespace FunctionsHost.Rpc;

/// <summary>Service that accepts the workers' streams, each for the worker that was started with its id.</summary>
internal sealed class FunctionRpcService(ExpectedWorkers workers) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken)
            || requestStream.Current.StartStream is not { } start
            || !workers.Streams.TryRemove(start.WorkerId, out var stream))
        {
            throw new Grpc.Core.RpcException(new Status(StatusCode.PermissionDenied, "This host awaits no such worker."));
        }

        await stream.RunAsync(requestStream, responseStream, context.CancellationToken);
    }
}

/// <summary>Workers that were started and have not opened their streams yet, by id.</summary>
internal sealed class ExpectedWorkers
{
    public ConcurrentDictionary<string, WorkerStream> Streams { get; } = [];
}
