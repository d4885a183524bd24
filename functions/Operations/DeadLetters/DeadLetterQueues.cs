using System.Globalization;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>The dead letters of both queues.</summary>
public sealed class DeadLetterQueues(ServiceBusClient client)
{
    /// <summary>How many dead letters one answer lists.</summary>
    public const int PageSize = 100;

    /// <summary>Whether the app has a queue of that name.</summary>
    public static bool Has(string queue) => queue is QueueNames.WebhookEvents or QueueNames.AssetDownloads;

    /// <summary>A receiver for the dead letters of <paramref name="queue"/>.</summary>
    public ServiceBusReceiver Open(string queue) => client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    /// <summary>Peeks at most <paramref name="most"/> messages from a sequence number on. Fewer mean that there are no more.</summary>
    public static async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekAsync(
        ServiceBusReceiver receiver, long from, int most, CancellationToken cancellationToken)
    {
        var found = new List<ServiceBusReceivedMessage>();
        while (found.Count < most)
        {
            // The broker gives as many as fit into one answer, which may be fewer than it was asked for and fewer than there are.
            var piece = await receiver.PeekMessagesAsync(most - found.Count, from, cancellationToken);
            if (piece.Count == 0)
            {
                break;
            }

            found.AddRange(piece);
            from = piece[^1].SequenceNumber + 1;
        }

        return found;
    }

    /// <summary>Lists the dead letters of <paramref name="queue"/> from sequence number <paramref name="from"/> on, which was the last page's <c>next</c>.</summary>
    public async Task<OperatorAnswer> ListAsync(string queue, string? from, CancellationToken cancellationToken)
    {
        long first = 0;
        if (!string.IsNullOrEmpty(from) && !long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out first))
        {
            return OperatorAnswer.BadRequest("?from= is a sequence number: the \"next\" of the page before.");
        }

        if (!Has(queue))
        {
            return OperatorAnswer.NotFound;
        }

        await using var receiver = Open(queue);
        var found = await PeekAsync(receiver, first, PageSize, cancellationToken);
        return OperatorAnswer.Ok(new
        {
            messages = found.Select(message => new
            {
                messageId = message.MessageId,
                sequenceNumber = message.SequenceNumber,
                provider = message.ApplicationProperties.Text(MessageProperties.Provider),
                webhookId = message.ApplicationProperties.Text(MessageProperties.WebhookId),
                asset = message.ApplicationProperties.Text(MessageProperties.Asset),
                reason = message.DeadLetterReason,
                description = message.DeadLetterErrorDescription,
                enqueuedAt = message.EnqueuedTime,
                deliveryCount = message.DeliveryCount,
            }),
            next = found.Count < PageSize ? null : (long?)(found[^1].SequenceNumber + 1),
        });
    }
}
