using Azure.Core;
using Azure.Core.Pipeline;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>
/// Ends the process, as far as storage and the broker can tell. It fails the operation with a certain number, before or after it took effect, and
/// every later one until <see cref="Restart"/>.
/// </summary>
internal sealed class FaultPolicy : HttpPipelinePolicy
{
    private int _operations;
    private int _fatal = int.MaxValue;
    private bool _afterEffect;
    private volatile bool _isDead;
    private volatile int _lives;

    /// <summary>Whether the fatal operation was reached.</summary>
    public bool IsDead => _isDead;

    /// <summary>A condition that ends the process, apart from the count; null for none.</summary>
    public Func<HttpMessage, bool>? When { get; set; }

    public void DieAt(int operation, bool afterEffect) => (_operations, _fatal, _afterEffect) = (0, operation, afterEffect);

    public void Restart() => (_fatal, _isDead, When, _lives) = (int.MaxValue, false, null, _lives + 1);

    /// <summary>Counts an operation of the broker.</summary>
    public Task BeforeSendAsync(CancellationToken cancellationToken) => OperationAsync(() => Task.CompletedTask, isFatal: false);

    public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        new(OperationAsync(() => ProcessNextAsync(message, pipeline).AsTask(), When?.Invoke(message) ?? false));

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("Nothing here blocks a thread.");

    private async Task OperationAsync(Func<Task> effect, bool isFatal)
    {
        var life = _lives;
        var number = Interlocked.Increment(ref _operations);
        isFatal |= number == _fatal;
        if (_isDead || (isFatal && !_afterEffect))
        {
            _isDead = true;
            throw new ProcessDiedException();
        }

        await effect();

        // An operation that began before the process died may end after the next one has begun.
        if (isFatal && life == _lives)
        {
            _isDead = true;
            throw new ProcessDiedException();
        }
    }
}

internal sealed class ProcessDiedException() : Exception("The process died.");
