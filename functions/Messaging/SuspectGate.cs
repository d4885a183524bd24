namespace WebhookFunctions.Messaging;

/// <summary>Gate that lets one suspect of both queues run at a time in this instance.</summary>
public sealed class SuspectGate
{
    private int _isOccupied;

    /// <summary>Enters the gate, or returns null at once if another suspect runs: waiting would occupy one of the function's concurrent calls.</summary>
    /// <returns>The turn, which the caller disposes when the suspect's work has ended.</returns>
    public IDisposable? TryEnter() => Interlocked.CompareExchange(ref _isOccupied, 1, 0) == 0 ? new Turn(this) : null;

    private sealed class Turn(SuspectGate gate) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0)
            {
                Volatile.Write(ref gate._isOccupied, 0);
            }
        }
    }
}
