using System.Diagnostics;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Download that waits for a slot in memory. The memory is lost with the process, so its message is also scheduled on the queue, or not settled yet.
/// </summary>
/// <param name="Message">The message that continues it.</param>
/// <param name="JoinedAt">When it joined the line, UTC. If the message was read from the queue: when it is due. The deadline of such a message already
/// includes the wait until then.</param>
/// <param name="Origin">The trace that the message belongs to.</param>
public sealed record WaitingDownload(AssetMessage Message, DateTimeOffset JoinedAt, ActivityContext Origin = default)
{
    /// <summary>When the message is due, UTC, if it was read from the queue after a crash; otherwise null.</summary>
    public DateTimeOffset? RecoveredDueAt { get; init; }
}
