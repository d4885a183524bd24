using WebhookFunctions.Model;

namespace WebhookFunctions.Messaging;

/// <summary>
/// Re-drives of a message that the broker itself dead-lettered: how many, and since when. The record travels with the message until a worker
/// settles it.
/// </summary>
/// <param name="Count">The number of re-drives.</param>
/// <param name="Since">When maintenance found the first of its dead letters, UTC.</param>
/// <param name="SequenceNumber">The sequence number of the last dead letter, which makes the new message's id unique.</param>
/// <remarks>
/// A dead letter by the broker says nothing about the message. Either no worker could start for a while, or nothing consumed the queue.
/// </remarks>
public sealed record Redrive(int Count, DateTimeOffset Since, long SequenceNumber)
{
    /// <summary>How long a message is re-driven. After that, its dead letter stays for an operator.</summary>
    public static readonly TimeSpan RedriveFor = TimeSpan.FromHours(24);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>Returns the next re-drive, or null if the message must not be re-driven.</summary>
    /// <param name="reason">The dead letter's reason.</param>
    /// <param name="last">The re-drive that the dead letter belongs to; null if it is the first dead letter.</param>
    /// <param name="sequenceNumber">The dead letter's sequence number.</param>
    /// <param name="now">The time, UTC.</param>
    public static Redrive? Next(string? reason, Redrive? last, long sequenceNumber, DateTimeOffset now) =>
        reason is not (nameof(DeadLetterReason.MaxDeliveryCountExceeded) or nameof(DeadLetterReason.TTLExpiredException)) ? null
        : last is null ? new Redrive(1, now, sequenceNumber)
        : now - last.Since < RedriveFor ? new Redrive(last.Count + 1, last.Since, sequenceNumber)
        : null;

    /// <summary>How long the message waits before it is delivered again: doubling from a minute to an hour.</summary>
    public TimeSpan Delay
    {
        get
        {
            var delay = FirstDelay * Math.Pow(2, Math.Min(Count - 1, 10));
            return delay < LongestDelay ? delay : LongestDelay;
        }
    }
}
