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

    // The first failures of an event tell what is wrong; all of them are at the event itself.
    private const int MostFailures = 3;

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

    /// <summary>
    /// Events as <paramref name="query"/> asks for them, the newest first. Each has <c>errorCode</c> and <c>lastError</c>, and <c>failures</c>: the first
    /// of its assets whose last attempt failed, and why. <c>more</c> says that there may be others, which begin behind <c>cursor</c>.
    /// </summary>
    public async Task<OperatorAnswer> ListAsync(EventListQuery query, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var found = new List<IReadOnlyDictionary<string, object?>>();
        var seen = new HashSet<string>();
        string? last = null;
        var lookedAt = 0;
        await foreach (var piece in Entries(query, cancellationToken).Chunk(Concurrency).WithCancellation(cancellationToken))
        {
            var entries = piece.Where(entry => seen.Add(entry.Event)).ToList();
            var rows = await Task.WhenAll(entries.Select(entry => DescribeAsync(entry, query, cancellationToken)));
            foreach (var (entry, row) in entries.Zip(rows))
            {
                if (row is not null)
                {
                    if (found.Count == query.Top)
                    {
                        return Page(found, query, last);
                    }

                    found.Add(row);
                }

                last = EventIndexKeys.RowKeyOf(entry.Event, entry.ReceivedAt, 0);
            }

            lookedAt += piece.Length;
            if (lookedAt >= MaxLookedAt || clock.GetElapsedTime(started) >= OperatorTimes.Enough)
            {
                return Page(found, query, last);
            }
        }

        return Page(found, query, last: null);
    }

    private static OperatorAnswer Page(List<IReadOnlyDictionary<string, object?>> found, EventListQuery query, string? last) =>
        OperatorAnswer.Ok(new { events = found, more = last is not null, cursor = last is null ? null : query.CursorBehind(last) });

    // Null where the event does not belong into the list.
    private async Task<Dictionary<string, object?>?> DescribeAsync(EventIndexEntry entry, EventListQuery query, CancellationToken cancellationToken)
    {
        if (await events.FindAsync(entry.Event, cancellationToken) is not { } row || !Belongs(row, query))
        {
            return null;
        }

        var described = Columns(row.Entity);
        described.TryAdd(nameof(AssetRow.ErrorCode), null);
        described.TryAdd(nameof(AssetRow.LastError), null);
        var failing = row.AssetsFailed == 0 && row.State != EventState.Downloading ? [] : await events
            .FailingAssetsAsync(row.PartitionKey, MostFailures, cancellationToken)
            .Select(asset => new { asset = asset.Name, state = asset.StateName, asset.ErrorCode, asset.LastError, asset.NextAttemptAt })
            .ToListAsync(cancellationToken);
        described.Add("Failures", failing);
        return described;
    }

    private IAsyncEnumerable<EventIndexEntry> Entries(EventListQuery query, CancellationToken cancellationToken)
    {
        // Instances' clocks differ a little, and what was just received is to be seen.
        var until = clock.GetUtcNow() + TimeSpan.FromMinutes(5);
        return query.List switch
        {
            EventList.Unfinished => index.UnfinishedAsync(query.Since, until, query.After, cancellationToken),
            EventList.Failed => index.FailedAsync(query.Since, until, query.After, cancellationToken),
            _ => index.RecentAsync(query.Since, until, query.After, cancellationToken),
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
