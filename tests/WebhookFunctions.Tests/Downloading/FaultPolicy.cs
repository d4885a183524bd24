using Azure.Core;
using Azure.Core.Pipeline;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>
/// Pipeline policy that simulates a crash of the process, as storage and the broker would see it. It fails the operation with a given number, before
/// or after it takes effect, and every later one until <see cref="Restart"/>.
/// </summary>
internal sealed class FaultPolicy : HttpPipelinePolicy
{
    private int _operations;
    private int _fatal = int.MaxValue;
    private bool _afterEffect;
    private volatile bool _isDead;
    private volatile int _generation;

    /// <summary>Gets whether the crash has happened.</summary>
    public bool IsDead => _isDead;

    /// <summary>Gets or sets a condition that also causes the crash; null for none.</summary>
    public Func<HttpMessage, bool>? When { get; set; }

    public void CrashAt(int operation, bool afterEffect) => (_operations, _fatal, _afterEffect) = (0, operation, afterEffect);

    public void Restart() => (_fatal, _isDead, When, _generation) = (int.MaxValue, false, null, _generation + 1);

    /// <summary>Counts an operation of the broker.</summary>
    public Task BeforeSendAsync(CancellationToken cancellationToken) => OperationAsync(() => Task.CompletedTask, isFatal: false);

    public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        new(OperationAsync(() => ProcessNextAsync(message, pipeline).AsTask(), When?.Invoke(message) ?? false));

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("The tests use only asynchronous requests.");

    private async Task OperationAsync(Func<Task> effect, bool isFatal)
    {
        var generation = _generation;
        var number = Interlocked.Increment(ref _operations);
        isFatal |= number == _fatal;
        if (_isDead || (isFatal && !_afterEffect))
        {
            _isDead = true;
            throw new ProcessDiedException();
        }

        await effect();

        // An operation of an earlier process may end after the restart, and must not crash the new one.
        if (isFatal && generation == _generation)
        {
            _isDead = true;
            throw new ProcessDiedException();
        }
    }
}

internal sealed class ProcessDiedException() : Exception("Simulated crash.");
