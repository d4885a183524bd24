using System.Collections.Concurrent;
using Grpc.Core;

namespace FunctionsHost.Rpc;

/// <summary>Service that accepts the stream of each worker, and matches it with the process by the worker's id.</summary>
internal sealed class FunctionRpcService(ExpectedWorkers workers) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken)
            || requestStream.Current.StartStream is not { } start
            || !workers.Streams.TryRemove(start.WorkerId, out var stream))
        {
            throw new Grpc.Core.RpcException(new Status(StatusCode.PermissionDenied, "This host has not started a worker with this id."));
        }

        await stream.RunAsync(requestStream, responseStream, context.CancellationToken);
    }
}

/// <summary>Streams of workers that were started but have not connected yet, by worker id.</summary>
internal sealed class ExpectedWorkers
{
    public ConcurrentDictionary<string, WorkerStream> Streams { get; } = [];
}
