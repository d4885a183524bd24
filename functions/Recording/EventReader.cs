using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Recording;

/// <summary>
/// Reader of events that decides which body an event has, archives it, and interprets it. Every step is idempotent. The job's list of events comes
/// first, then the body, then everything else, so that an erasure finds all of it.
/// </summary>
/// <remarks>
/// In the first attempt at a proven event, the transaction that writes the job's row also adds the list entry. It is the next write after the body.
/// A process that dies between the two leaves a body that no list names. The redelivered message adds it to the list, or finds the tombstone and
/// deletes the body by its name.
/// </remarks>
public sealed class EventReader(
    RawEventStore rawEvents, SpentWebhookIds spentIds, JobTombstones tombstones, JobEvents jobEvents, EventErasure erasure)
{
    /// <summary>Returns whether the webhook id is spent. If it is, removes what remains of its event.</summary>
    public async Task<bool> IsSpentAsync(EventMessage message, CancellationToken cancellationToken)
    {
        if (!await spentIds.HasAsync(message.Key, cancellationToken))
        {
            return false;
        }

        await erasure.EraseAsync(JobEventOf(message), cancellationToken);
        return true;
    }

    /// <summary>Adds the event to the list of events of <paramref name="jobId"/>.</summary>
    public Task ListAsync(EventMessage message, string jobId, CancellationToken cancellationToken) =>
        jobEvents.AddAsync(jobId, message.Key, JobEventOf(message), cancellationToken);

    /// <summary>Returns the content of an event of a dead letter. Returns null if the provider cannot interpret it, which may be why it is
    /// one.</summary>
    public async Task<GenerationEvent?> TryInterpretAsync(EventMessage message, WebhookProvider provider, CancellationToken cancellationToken)
    {
        try
        {
            return await InterpretAsync(message, provider, cancellationToken) is BodyReading.Interpreted(_, var generation) ? generation : null;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A defect in the provider's code. Maintenance logs it when it examines the dead letter.
            return null;
        }
    }

    /// <summary>Reads and archives the event in <paramref name="message"/>.</summary>
    /// <param name="message">The event.</param>
    /// <param name="provider">Its provider.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <param name="mayBeSpent">Whether the webhook id may be spent, and has to be checked.</param>
    /// <param name="listsLater">Whether the caller itself adds a proven event to the job's list of events.</param>
    public async Task<EventReading> ReadAsync(
        EventMessage message, WebhookProvider provider, CancellationToken cancellationToken, bool mayBeSpent = false, bool listsLater = false)
    {
        var spent = mayBeSpent ? spentIds.HasAsync(message.Key, cancellationToken) : Task.FromResult(false);
        while (true)
        {
            var body = await InterpretAsync(message, provider, cancellationToken);
            if (body is BodyReading.Missing)
            {
                return await IsSpentAsync(message, cancellationToken)
                    ? new EventReading.Erased()
                    : new EventReading.Unreadable(
                        message, DeadLetterReason.BodyMissing, $"Blob {message.ClaimCheck} is not in container {StorageNames.RawEventsContainer}, or holds another body.");
            }

            var interpreted = body as BodyReading.Interpreted;
            var jobId = interpreted?.Generation.JobIdOr(message.Key) ?? provider.CanonicalJobId(message.Key.WebhookId);

            // E2
            var tombstone = tombstones.HasAsync(provider.Name, jobId, cancellationToken);
            if (await spent)
            {
                await tombstone;
                await erasure.EraseAsync(JobEventOf(message), cancellationToken);
                return new EventReading.Erased();
            }

            if (await tombstone)
            {
                if (message.ClaimCheck is null
                    && await rawEvents.FindReceiptAsync(message.Key, cancellationToken) is { } first
                    && first != message.Receipt)
                {
                    // Another body with the same id was stored first and is the event's. The tombstone belongs to the job that this body names, so
                    // nothing of the event is erased.
                    message = message.WithClaimCheck(RawEventStore.NameOf(message.Key), first);
                    continue;
                }

                await erasure.EraseAsync(JobEventOf(message), cancellationToken);
                return new EventReading.Erased();
            }

            // E3. E5 comes before it, unless the caller writes the list entry.
            var isAsked = interpreted is null || interpreted.Generation.LacksResult || !interpreted.Generation.Assurance.IsProven();
            var unlisted = listsLater && !isAsked ? JobEventOf(message) : null;
            if (unlisted is null)
            {
                await ListAsync(message, jobId, cancellationToken);
            }

            var archived = await ArchiveAsync(message, cancellationToken);
            if (archived.Receipt != message.Receipt)
            {
                // Another body with the same id was stored first. That one is the event's, and may name another job.
                if (unlisted is null)
                {
                    await jobEvents.RemoveAsync(provider.Name, jobId, message.Key.PartitionKey, cancellationToken);
                }

                message = archived;
                continue;
            }

            return interpreted is null
                ? new EventReading.Unreadable(archived, DeadLetterReason.MalformedBody, ((BodyReading.Malformed)body).Problem)
                : new EventReading.Interpreted(message, interpreted.Received, interpreted.Generation, RawEventStore.NameOf(message.Key), unlisted);
        }
    }

    /// <summary>Interprets the body in <paramref name="message"/> or in its claim check. Writes nothing.</summary>
    public async Task<BodyReading> InterpretAsync(EventMessage message, WebhookProvider provider, CancellationToken cancellationToken)
    {
        var body = message.ClaimCheck is { } blob ? await rawEvents.ReadAsync(blob, message.BodySha256, cancellationToken) : message.Body;
        if (body is null)
        {
            return new BodyReading.Missing();
        }

        using var document = EventJson.TryParse(body.ToMemory());
        if (document is null)
        {
            return new BodyReading.Malformed(EventJson.Problem(body.ToMemory()));
        }

        var received = message.ToReceived(document.RootElement.Clone());
        return new BodyReading.Interpreted(received, provider.InterpretAny(received));
    }

    /// <summary>Stores the body in the event's blob, and returns the message that refers to it.</summary>
    private async Task<EventMessage> ArchiveAsync(EventMessage message, CancellationToken cancellationToken)
    {
        if (message.ClaimCheck is not null)
        {
            return message;
        }

        var (_, receipt) = await rawEvents.WriteAsync(message.Key, message.Body, message.Receipt, cancellationToken);
        return message.WithClaimCheck(RawEventStore.NameOf(message.Key), receipt);
    }

    internal static JobEvent JobEventOf(EventMessage message) =>
        new(message.Key.PartitionKey, message.ReceivedAt, RawEventStore.NameOf(message.Key));
}
