using System.Text.Json;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>Result of the removal of a job's dead letters.</summary>
/// <param name="Removed">The number of removed dead letters.</param>
/// <param name="More">Whether there may be more: some were not reached, or are <paramref name="Unattributed"/>.</param>
/// <param name="Unattributed">
/// The sequence numbers of dead letters of queue <c>webhook-events</c> that name the job, but cannot be interpreted, so that they may be another job's.
/// </param>
public sealed record JobDeadLettersRemoval(int Removed, bool More, IReadOnlyList<long> Unattributed);

/// <summary>Remover of a job's dead letters, and of the data of events that only a dead letter names.</summary>
public sealed class JobDeadLetters(
    ProviderCatalog providers,
    EventReader reader,
    RawEventStore rawEvents,
    EventErasure erasure,
    DeadLetterQueues deadLetters,
    DeadLetterScan scan)
{
    /// <summary>Removes the job's dead letters from every queue.</summary>
    /// <param name="provider">The job's provider.</param>
    /// <param name="jobId">The job, in its canonical spelling.</param>
    /// <param name="events">The partitions of the job's known events; those found here are added.</param>
    /// <param name="hasTime">Returns whether there is time for more.</param>
    /// <param name="scanLimit">The time limit of the scan of one queue.</param>
    /// <param name="cancellationToken">Cancels the removal.</param>
    public async Task<JobDeadLettersRemoval> RemoveAsync(
        string provider, string jobId, HashSet<string> events, Func<bool> hasTime, TimeSpan scanLimit, CancellationToken cancellationToken)
    {
        var more = false;
        var unattributed = new List<long>();

        async ValueTask<bool> IsOfJobAsync(string queue, ServiceBusReceivedMessage message) => queue switch
        {
            QueueNames.AssetDownloads => AssetMessage.TryRead(message) is { } asset && asset.Event.Provider == provider && asset.JobId == jobId,
            QueueNames.JobNotifications => NotificationMessage.Read(message) is { } owed && owed.Event.Provider == provider && owed.JobId == jobId,
            _ => EventMessage.TryRead(message) is { } dead
                && (events.Contains(dead.Key.PartitionKey)
                    || (dead.Key.Provider == provider && await NamesJobAsync(dead, message.SequenceNumber))),
        };

        async ValueTask<bool> NamesJobAsync(EventMessage message, long number)
        {
            var body = message.ClaimCheck is { } blob ? await rawEvents.ReadAsync(blob, message.BodySha256, cancellationToken) : message.Body;
            if (body is not null
                && providers.TryGet(provider, out var configured)
                && await reader.TryInterpretAsync(message with { Body = body, ClaimCheck = null }, configured, cancellationToken) is { } generation)
            {
                return generation.JobIdOr(message.Key) == jobId;
            }

            // The webhook id stands in for the job of an event that cannot be interpreted.
            if (providers.CanonicalJobId(provider, message.Key.WebhookId) == jobId)
            {
                return true;
            }

            if (body is not null && Mentions(body, provider, jobId))
            {
                unattributed.Add(number);
            }

            return false;
        }

        var removed = 0;
        foreach (var queue in QueueNames.Consumed)
        {
            var (left, hasMore) = await FindAsync(queue, message => IsOfJobAsync(queue, message), hasTime, cancellationToken);
            more |= hasMore;
            if (left.Count == 0)
            {
                continue;
            }

            await scan.RunAsync(
                queue,
                scanLimit,
                () => left.Count > 0 && hasTime(),
                async message =>
                {
                    if (!left.Remove(message.SequenceNumber))
                    {
                        return DeadLetterAction.Keep;
                    }

                    // An event that was never interpreted is not on its job's list of events. It is added first: if the process ends before the dead letter is
                    // completed, the body is gone, and a repetition could not tell whose it was.
                    if (queue == QueueNames.WebhookEvents && EventMessage.TryRead(message) is { } dead && events.Add(dead.Key.PartitionKey))
                    {
                        await reader.ListAsync(dead, jobId, cancellationToken);
                        await erasure.EraseAsync(EventReader.JobEventOf(dead), cancellationToken);
                    }

                    removed++;
                    return DeadLetterAction.Complete;
                },
                cancellationToken);
            // Those that are left were not reached, or another scan holds them.
            more |= left.Count > 0;
        }

        return new JobDeadLettersRemoval(removed, more || unattributed.Count > 0, unattributed);
    }

    /// <summary>Returns whether a value of the body may name the job. If none does, the event is of another job.</summary>
    private bool Mentions(BinaryData body, string provider, string jobId)
    {
        using var document = EventJson.TryParse(body.ToMemory());
        return document is null ? IsIn(body.ToString()) : Values(document.RootElement).Any(value => value.Text() is { } text && IsIn(text));

        bool IsIn(string text) => text.Contains(jobId, StringComparison.OrdinalIgnoreCase) || providers.CanonicalJobId(provider, text) == jobId;
    }

    private static IEnumerable<JsonElement> Values(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Values(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Values),
        _ => [element],
    };

    // Returns the sequence numbers of the job's dead letters. It peeks, which locks nothing, because most jobs have no dead letters and those of
    // other jobs must not be held.
    private async Task<(HashSet<long> Found, bool More)> FindAsync(
        string queue, Func<ServiceBusReceivedMessage, ValueTask<bool>> isWanted, Func<bool> hasTime, CancellationToken cancellationToken)
    {
        await using var receiver = deadLetters.Open(queue);
        var found = new HashSet<long>();
        for (long from = 0; ;)
        {
            if (!hasTime())
            {
                return (found, true);
            }

            var page = await DeadLetterQueues.PeekAsync(receiver, from, DeadLetterQueues.PageSize, cancellationToken);
            foreach (var message in page)
            {
                if (await isWanted(message))
                {
                    found.Add(message.SequenceNumber);
                }
            }

            if (page.Count < DeadLetterQueues.PageSize)
            {
                return (found, false);
            }

            from = page[^1].SequenceNumber + 1;
        }
    }
}
