using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Finds events for a person.</summary>
public sealed class EventQueries(ProviderCatalog providers, EventStore events, NotificationStore notifications, RawEventStore bodies, EventIndex index, TimeProvider clock)
{
    // The first failures of an event tell what is wrong; all of them are at the event itself.
    private const int MostFailures = 3;

    /// <summary>The event with that id in that space (see <see cref="EventSpaces"/>), with its assets and its notifications.</summary>
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
            assets.Add(RowColumns.Of(asset));
        }

        // An event that was never announced has none.
        var told = row.Outcome is null
            ? []
            : await notifications.ColumnsAsync(partition, cancellationToken).Select(RowColumns.Of).ToListAsync(cancellationToken);
        return OperatorAnswer.Ok(new { @event = RowColumns.Of(row.Entity), assets, notifications = told });
    }

    /// <summary>The body of the event with that id, byte for byte as it came; 404 where no body is kept any more.</summary>
    public async Task<OperatorAnswer> FindBodyAsync(string space, string webhookId, CancellationToken cancellationToken) =>
        providers.Knows(EventSpaces.ProviderOf(space))
        && await events.FindAsync(EventKey.Create(space, webhookId).PartitionKey, cancellationToken) is { RawBlob: { } blob } row
        && await bodies.ReadAsync(blob, row.BodySha256, cancellationToken) is { } body
            ? OperatorAnswer.Raw(body)
            : OperatorAnswer.NotFound;

    /// <summary>
    /// Events as <paramref name="query"/> asks for them, the newest first. Each has <c>space</c>, <c>errorCode</c> and <c>lastError</c>, and <c>failures</c>: the first
    /// of its assets whose last attempt failed, and why. <c>more</c> says that there may be others, which begin behind <c>cursor</c>.
    /// What the list itself takes (see <see cref="ListPage{T}"/>), one request for each event that is looked at, and one for each with failures.
    /// </summary>
    public async Task<OperatorAnswer> ListAsync(EventListQuery query, CancellationToken cancellationToken)
    {
        var page = await ListPage<Dictionary<string, object?>>.ReadAsync(
            Entries(query, cancellationToken), query.Top, _ => true, entry => DescribeAsync(entry, query, cancellationToken), clock);
        return OperatorAnswer.Ok(new
        {
            events = page.Found,
            more = page.End is not null,
            cursor = page.End is null ? null : ListCursor.Of(query.List.ToString(), page.End),
        });
    }

    // Null where the event does not belong into the list.
    private async Task<Dictionary<string, object?>?> DescribeAsync(EventIndexEntry entry, EventListQuery query, CancellationToken cancellationToken)
    {
        if (await events.FindAsync(entry.Event, cancellationToken) is not { } row || !Belongs(row, query))
        {
            return null;
        }

        var described = RowColumns.Of(row.Entity);
        described["Space"] = row.ToKey().Space;
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
        { IsWaiting: true } => row.IsWaitingForSetting,
        { State: { } state } => row.State == state,
        { List: EventList.Unfinished } => !row.IsFinished,
        { List: EventList.Failed } => row.HasFailed,
        _ => true,
    };
}
