namespace WebhookFunctions.Messaging;

/// <summary>Gate that lets one suspect of both queues run at a time in this instance.</summary>
public sealed class SuspectGate
{
    private int _taken;

    /// <summary>Enters the gate, or returns null at once if another suspect runs: waiting would occupy one of the function's concurrent calls.</summary>
    /// <returns>What to dispose of when the suspect's work has ended.</returns>
    public IDisposable? TryEnter() => Interlocked.CompareExchange(ref _taken, 1, 0) == 0 ? new Turn(this) : null;

    private sealed class Turn(SuspectGate gate) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                Volatile.Write(ref gate._taken, 0);
            }
        }
    }
}
