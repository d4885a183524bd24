using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Finder of events for operators.</summary>
public sealed class EventQueries(ProviderCatalog providers, EventStore events, NotificationStore notifications, RawEventStore bodies, EventIndex index, TimeProvider clock)
{
    // How many failures an event shows in a list. The first ones usually explain the others, and the event itself shows all.
    private const int MaxFailures = 3;

    /// <summary>Returns the event with that id in that space (see <see cref="EventSpaces"/>), with its assets and its notifications.</summary>
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
            assets.Add(RowColumns.Read(asset));
        }

        // An event whose end was not announced has no notifications.
        var announced = row.Outcome is null
            ? []
            : await notifications.ColumnsAsync(partition, cancellationToken).Select(RowColumns.Read).ToListAsync(cancellationToken);
        return OperatorAnswer.Ok(new { @event = RowColumns.Read(row.Entity), assets, notifications = announced });
    }

    /// <summary>Returns the body of the event with that id, byte for byte as received; 404 if no body is stored.</summary>
    public async Task<OperatorAnswer> FindBodyAsync(string space, string webhookId, CancellationToken cancellationToken) =>
        providers.Knows(EventSpaces.ProviderOf(space))
        && await events.FindAsync(EventKey.Create(space, webhookId).PartitionKey, cancellationToken) is { RawBlob: { } blob } row
        && await bodies.ReadAsync(blob, row.BodySha256, cancellationToken) is { } body
            ? OperatorAnswer.Raw(body)
            : OperatorAnswer.NotFound;

    /// <summary>
    /// Lists the events that <paramref name="query"/> selects, newest first. Each has <c>space</c>, <c>errorCode</c>, <c>lastError</c> and
    /// <c>failures</c>: the first of its assets whose last attempt failed, and why. If <c>more</c> is true there may be others, after <c>cursor</c>.
    /// Requests: those of the list itself (see <see cref="ListPage{T}"/>), one for each event examined, and one for each with failures.
    /// </summary>
    public async Task<OperatorAnswer> ListAsync(EventListQuery query, CancellationToken cancellationToken)
    {
        var page = await ListPage<Dictionary<string, object?>>.ReadAsync(
            Entries(query, cancellationToken), query.Top, _ => true, entry => DescribeAsync(entry, query, cancellationToken), clock);
        return OperatorAnswer.Ok(new
        {
            events = page.Found,
            more = page.End is not null,
            cursor = page.End is null ? null : ListCursor.Encode(query.List.ToString(), page.End),
        });
    }

    // Returns null if the event does not belong on the list.
    private async Task<Dictionary<string, object?>?> DescribeAsync(EventIndexEntry entry, EventListQuery query, CancellationToken cancellationToken)
    {
        if (await events.FindAsync(entry.Event, cancellationToken) is not { } row || !Belongs(row, query))
        {
            return null;
        }

        var described = RowColumns.Read(row.Entity);
        described["Space"] = row.ToKey().Space;
        described.TryAdd(nameof(AssetRow.ErrorCode), null);
        described.TryAdd(nameof(AssetRow.LastError), null);
        var failingAssets = row.AssetsFailed == 0 && row.State != EventState.Downloading ? [] : await events
            .FailingAssetsAsync(row.PartitionKey, MaxFailures, cancellationToken)
            .Select(asset => new { asset = asset.Name, state = asset.StateName, asset.ErrorCode, asset.LastError, asset.NextAttemptAt })
            .ToListAsync(cancellationToken);
        described.Add("Failures", failingAssets);
        return described;
    }

    private IAsyncEnumerable<EventIndexEntry> Entries(EventListQuery query, CancellationToken cancellationToken)
    {
        // Instances' clocks differ a little, and events that were just received must be visible.
        var until = clock.GetUtcNow() + TimeSpan.FromMinutes(5);
        return query.List switch
        {
            EventList.Unfinished => index.UnfinishedAsync(query.Since, until, query.After, cancellationToken),
            EventList.Failed => index.FailedAsync(query.Since, until, query.After, cancellationToken),
            _ => index.RecentAsync(query.Since, until, query.After, cancellationToken),
        };
    }

    // Returns whether the event belongs on the list. The index may hold stale entries, so the event's own row decides.
    private static bool Belongs(EventRow row, EventListQuery query) => query switch
    {
        { IsWaiting: true } => row.IsWaitingForSetting,
        { State: { } state } => row.State == state,
        { List: EventList.Unfinished } => !row.IsFinished,
        { List: EventList.Failed } => row.HasFailed,
        _ => true,
    };
}
