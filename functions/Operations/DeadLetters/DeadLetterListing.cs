using System.Globalization;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Recording;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>Lister of dead letters that peeks and removes none.</summary>
public sealed class DeadLetterListing(DeadLetterQueues deadLetters, MessageSubjects subjects)
{
    /// <summary>
    /// Lists a page of the dead letters of <paramref name="queue"/>. <paramref name="cursor"/> is the last page's: the sequence number of its last
    /// dead letter.
    /// </summary>
    public async Task<OperatorAnswer> ListAsync(string queue, string? cursor, CancellationToken cancellationToken)
    {
        long last = -1;
        if (!string.IsNullOrEmpty(cursor)
            && (!long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out last) || last == long.MaxValue))
        {
            return OperatorAnswer.BadRequest("\"cursor\" must be the \"cursor\" of the previous page.");
        }

        if (!DeadLetterQueues.Has(queue))
        {
            return OperatorAnswer.NotFound;
        }

        await using var receiver = deadLetters.Open(queue);
        var found = await DeadLetterQueues.PeekAsync(receiver, last + 1, DeadLetterQueues.PageSize, cancellationToken);
        var messages = await Task.WhenAll(found.Select(message => DescribeAsync(queue, message, cancellationToken)));
        return OperatorAnswer.Ok(new
        {
            messages,
            cursor = found.Count < DeadLetterQueues.PageSize ? null : found[^1].SequenceNumber.ToString(CultureInfo.InvariantCulture),
        });
    }

    private async Task<object> DescribeAsync(string queue, ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        var subject = await subjects.FindAsync(queue, message, cancellationToken);
        return new
        {
            messageId = message.MessageId,
            sequenceNumber = message.SequenceNumber,
            provider = message.ApplicationProperties.Text(MessageProperties.Provider),
            space = subject.Space,
            webhookId = subject.WebhookId ?? message.ApplicationProperties.Text(MessageProperties.WebhookId),
            jobId = subject.JobId,
            asset = subject.Asset ?? message.ApplicationProperties.Text(MessageProperties.Asset),
            host = subject.Host,
            target = subject.Target,
            reason = message.DeadLetterReason,
            description = message.DeadLetterErrorDescription,
            enqueuedAt = message.EnqueuedTime,
            deliveryCount = message.DeliveryCount,
        };
    }
}
