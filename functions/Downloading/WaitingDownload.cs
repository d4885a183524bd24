using System.Diagnostics;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Download that waits for a slot in memory. Its message is scheduled on the queue too, or not settled yet: what is in memory is lost with the process.
/// </summary>
/// <param name="Message">The message that continues it.</param>
/// <param name="Delivery">The delivery that found no slot.</param>
/// <param name="JoinedAt">When it found none, UTC.</param>
/// <param name="Origin">The trace that the message belongs to.</param>
public sealed record WaitingDownload(AssetMessage Message, MessageDelivery Delivery, DateTimeOffset JoinedAt, ActivityContext Origin = default);
