namespace WebhookFunctions.Operations;

/// <summary>
/// Time limits of operators' requests: each is answered within 10 seconds, whatever hangs. The three parts below add up to less, to leave room for a
/// busy machine.
/// </summary>
public static class OperatorTimes
{
    /// <summary>After this time, work over many items stops, and its answer says that there is more.</summary>
    public static readonly TimeSpan WorkLimit = TimeSpan.FromSeconds(3);

    /// <summary>After this time, work that is still awaited is reported as hanging.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5.5);

    /// <summary>The timeout of a probe. The parts are probed when something hangs or fails, to name the one that is unavailable.</summary>
    public static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);
}
