using System.Diagnostics;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Download that waits for a slot in memory. The memory is lost with the process, so its message is also scheduled on the queue, or not settled yet.
/// </summary>
/// <param name="Message">The message that continues it.</param>
/// <param name="Delivery">The delivery that found no slot.</param>
/// <param name="JoinedAt">When it joined the line, UTC.</param>
/// <param name="Origin">The trace that the message belongs to.</param>
public sealed record WaitingDownload(AssetMessage Message, MessageDelivery Delivery, DateTimeOffset JoinedAt, ActivityContext Origin = default);
