namespace WebhookFunctions.Operations;

/// <summary>
/// How long an operator waits: every request is answered within 10 seconds, whatever hangs. The three parts below add up to less, for a busy machine.
/// </summary>
public static class OperatorTimes
{
    /// <summary>After this, work that goes from item to item stops, and its answer says that there is more.</summary>
    public static readonly TimeSpan Enough = TimeSpan.FromSeconds(3);

    /// <summary>After this, whatever is still awaited is reported as hanging.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5.5);

    /// <summary>A part that has not answered after this is unavailable. Asked when something hangs or fails, to name what.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
}
