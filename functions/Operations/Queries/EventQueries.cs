using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Finds events and jobs for a person.</summary>
public sealed class EventQueries(ProviderCatalog providers, EventStore events, EventIndex index, JobStore jobs, TimeProvider clock)
{
    // Reads of single rows under way at a time.
    private const int Concurrency = 16;

    // A list is gone through so far for one answer: a rare state in a long list must not take minutes.
    private const int MaxLookedAt = 5000;

    /// <summary>The event with that id in that space (see <see cref="EventSpaces"/>), with its assets.</summary>
    public async Task<OperatorAnswer> FindEventAsync(string space, string webhookId, CancellationToken cancellationToken)
    {
        if (!providers.Knows(EventSpaces.ProviderOf(space)))
        {
            return OperatorAnswer.NotFound;
        }

        var partition = EventKey.Create(space, webhookId).PartitionKey;
        if (await events.FindAsync(partition, cancellationToken) is not { } row)
        {
            return OperatorAnswer.NotFound;
        }

        var assets = new List<IReadOnlyDictionary<string, object?>>();
        await foreach (var asset in events.AssetColumnsAsync(partition, cancellationToken))
        {
            assets.Add(Columns(asset));
        }

        return OperatorAnswer.Ok(new { @event = Columns(row.Entity), assets });
    }

    /// <summary>The job.</summary>
    public async Task<OperatorAnswer> FindJobAsync(string provider, string jobId, CancellationToken cancellationToken) =>
        providers.Knows(provider) && await jobs.FindAsync(provider, providers.CanonicalJobId(provider, jobId), cancellationToken) is { } row
            ? OperatorAnswer.Ok(new { job = Columns(row) })
            : OperatorAnswer.NotFound;

    /// <summary>Events as <paramref name="query"/> asks for them, the newest first; <c>more</c> says that there may be others.</summary>
    public async Task<OperatorAnswer> ListAsync(EventListQuery query, CancellationToken cancellationToken)
    {
        var found = new List<IReadOnlyDictionary<string, object?>>();
        var seen = new HashSet<string>();
        var lookedAt = 0;
        await foreach (var piece in Entries(query, cancellationToken).Chunk(Concurrency).WithCancellation(cancellationToken))
        {
            var rows = await Task.WhenAll(piece.Where(entry => seen.Add(entry.Event)).Select(entry => events.FindAsync(entry.Event, cancellationToken)));
            foreach (var row in rows)
            {
                if (row is null || !Belongs(row, query))
                {
                    continue;
                }

                if (found.Count == query.Top)
                {
                    return OperatorAnswer.Ok(new { events = found, more = true });
                }

                found.Add(Columns(row.Entity));
            }

            lookedAt += piece.Length;
            if (lookedAt >= MaxLookedAt)
            {
                return OperatorAnswer.Ok(new { events = found, more = true });
            }
        }

        return OperatorAnswer.Ok(new { events = found, more = false });
    }

    private IAsyncEnumerable<EventIndexEntry> Entries(EventListQuery query, CancellationToken cancellationToken)
    {
        // Instances' clocks differ a little, and what was just received is to be seen.
        var until = clock.GetUtcNow() + TimeSpan.FromMinutes(5);
        return query.List switch
        {
            EventList.Unfinished => index.UnfinishedAsync(query.Since, until, cancellationToken),
            EventList.Failed => index.FailedAsync(query.Since, until, cancellationToken),
            _ => index.RecentAsync(query.Since, until, cancellationToken),
        };
    }

    // A list may hold rows that should not be there any more: the event's own row is what counts.
    private static bool Belongs(EventRow row, EventListQuery query) => query switch
    {
        { State: { } state } => row.State == state,
        { List: EventList.Unfinished } => !row.IsFinal,
        { List: EventList.Failed } => row.HasFailed,
        _ => true,
    };

    private static Dictionary<string, object?> Columns(TableEntity row) =>
        row.Where(column => column.Key is not ("odata.etag" or nameof(ITableEntity.Timestamp))).ToDictionary(column => column.Key, object? (column) => column.Value);
}
