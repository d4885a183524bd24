using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Operations.Maintenance;

/// <summary>How far a queue has been worked off.</summary>
public sealed class QueueBacklog(ServiceBusClient client)
{
    private const int PageSize = 100;

    // Scheduled messages stand before those that came after them: so many are gone over to find the first that waits.
    private const int MaxPages = 50;

    /// <summary>
    /// When the message was enqueued that has waited longest, or is being worked on: of what was enqueued earlier, nothing is left in the queue.
    /// <see cref="DateTimeOffset.MaxValue"/> where none waits; <see cref="DateTimeOffset.MinValue"/> where it cannot be told.
    /// </summary>
    public async Task<DateTimeOffset> OldestAsync(string queue, CancellationToken cancellationToken)
    {
        await using var receiver = client.CreateReceiver(queue);
        long from = 0;
        for (var page = 0; page < MaxPages; page++)
        {
            var messages = await receiver.PeekMessagesAsync(PageSize, from, cancellationToken);
            if (messages.Count == 0)
            {
                return DateTimeOffset.MaxValue;
            }

            if (messages.FirstOrDefault(message => message.State == ServiceBusMessageState.Active) is { } oldest)
            {
                return oldest.EnqueuedTime;
            }

            from = messages[^1].SequenceNumber + 1;
        }

        return DateTimeOffset.MinValue;
    }
}
