using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;

namespace FunctionsHost.Rpc;

/// <summary>Message stream between this host and one worker, which opens it.</summary>
internal sealed class WorkerStream(Action<RpcLog> onLog)
{
    private readonly Channel<StreamingMessage> _outgoing =
        Channel.CreateUnbounded<StreamingMessage>(new UnboundedChannelOptions { SingleReader = true });

    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _awaited = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the worker has opened the stream.</summary>
    public Task Opened => _opened.Task;

    /// <summary>Completes when no more messages can arrive.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Exchanges messages until the worker or this host closes the stream.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<StreamingMessage> reader, IServerStreamWriter<StreamingMessage> writer, CancellationToken cancellationToken)
    {
        _opened.TrySetResult();
        var writing = WriteAsync(writer, cancellationToken);
        try
        {
            while (await reader.MoveNext(cancellationToken))
            {
                Dispatch(reader.Current);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The worker has ended, or this host stops; Closed reports it.
        }
        finally
        {
            Close();
            await writing;
        }
    }

    /// <summary>Sends a message that has no answer. Does nothing once the stream is closed.</summary>
    public void Send(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    /// <summary>Sends a message and returns the answer.</summary>
    /// <exception cref="WorkerLostException">The stream is closed, or was closed before the answer arrived.</exception>
    public Task<StreamingMessage> AskAsync(StreamingMessage message)
    {
        message.RequestId = Guid.NewGuid().ToString();
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited[message.RequestId] = answer;
        Send(message);
        if (_closed.Task.IsCompleted)
        {
            // Close may have run before this answer was registered.
            answer.TrySetException(new WorkerLostException());
        }

        return answer.Task;
    }

    /// <summary>Fails all pending answers. The worker's call ends with its process or with the server.</summary>
    public void Close()
    {
        _outgoing.Writer.TryComplete();
        _closed.TrySetResult();
        foreach (var id in _awaited.Keys)
        {
            if (_awaited.TryRemove(id, out var answer))
            {
                answer.TrySetException(new WorkerLostException());
            }
        }
    }

    private void Dispatch(StreamingMessage message)
    {
        // Written before the next answer is processed, because a log line can only be attributed to an invocation that is still running.
        if (message.RpcLog is { } log)
        {
            onLog(log);
        }
        else if (_awaited.TryRemove(message.RequestId, out var answer))
        {
            answer.TrySetResult(message);
        }
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> writer, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellationToken))
            {
                await writer.WriteAsync(message, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The reader sees the same error.
        }
    }
}
