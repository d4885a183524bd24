using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>Remover of a job's dead letters, and of the data of events that only a dead letter names.</summary>
public sealed class JobDeadLetters(
    ProviderCatalog providers, EventReader reader, JobEvents jobEvents, EventErasure erasure, DeadLetterQueues deadLetters, DeadLetterScan scan)
{
    /// <summary>Removes the job's dead letters from every queue.</summary>
    /// <param name="provider">The job's provider.</param>
    /// <param name="jobId">The job, in its canonical spelling.</param>
    /// <param name="events">The partitions of the job's known events; those found here are added.</param>
    /// <param name="hasTime">Returns whether there is time for more.</param>
    /// <param name="scanLimit">The time limit of the scan of one queue.</param>
    /// <param name="cancellationToken">Cancels the removal.</param>
    /// <returns>
    /// The number of removed dead letters, and whether there may be more: some were not reached, or only the provider, which is off, could tell their job.
    /// </returns>
    public async Task<(int Removed, bool More)> RemoveAsync(
        string provider, string jobId, HashSet<string> events, Func<bool> hasTime, TimeSpan scanLimit, CancellationToken cancellationToken)
    {
        var more = false;

        async ValueTask<bool> IsOfJobAsync(string queue, ServiceBusReceivedMessage message) => queue switch
        {
            QueueNames.AssetDownloads => AssetMessage.TryRead(message) is { } asset && asset.Event.Provider == provider && asset.JobId == jobId,
            QueueNames.JobNotifications => NotificationMessage.Read(message) is { } owed && owed.Event.Provider == provider && owed.JobId == jobId,
            _ => EventMessage.TryRead(message) is { } dead
                && (events.Contains(dead.Key.PartitionKey) || await NamesJobAsync(dead)),
        };

        async ValueTask<bool> NamesJobAsync(EventMessage message)
        {
            if (message.Key.Provider != provider)
            {
                return false;
            }

            if (!providers.TryGet(provider, out var configured))
            {
                more = true;
                return false;
            }

            return await reader.InterpretAsync(message, configured, cancellationToken) is BodyReading.Interpreted(_, var generation)
                && generation.JobIdOr(message.Key) == jobId;
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
                        var jobEvent = new JobEvent(dead.Key.PartitionKey, dead.ReceivedAt, RawEventStore.NameOf(dead.Key));
                        await jobEvents.AddAsync(jobId, dead.Key, jobEvent, cancellationToken);
                        await erasure.EraseAsync(jobEvent, cancellationToken);
                    }

                    removed++;
                    return DeadLetterAction.Complete;
                },
                cancellationToken);
            // Those that are left were not reached, or another scan holds them.
            more |= left.Count > 0;
        }

        return (removed, more);
    }

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
