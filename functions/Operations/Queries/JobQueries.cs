using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Finder of jobs that returns a job with its files, for operators and apps.</summary>
public sealed class JobQueries(
    ProviderCatalog providers, EventStore events, EventIndex index, JobStore jobs, JobEvents jobEvents, AssetLinks links, TimeProvider clock)
{
    // The number of concurrent reads.
    private const int Concurrency = 16;

    // The maximum number of events of a job. Most have a handful; one that announces every step may have hundreds.
    private const int MaxEvents = 200;

    /// <summary>
    /// Returns the job with its <c>assets</c>, each once and with its blob if it is stored, and its <c>events</c>, newest first, at most 200. If
    /// there are more, <c>moreEvents</c> is true, and the older events' assets are missing. Requests: one for the row, one for the list of events,
    /// and one for each event.
    /// </summary>
    /// <param name="provider">The provider.</param>
    /// <param name="id">The job, in any of the provider's spellings.</param>
    /// <param name="options">The links to add.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<OperatorAnswer> FindAsync(string provider, string id, JobLinkOptions options, CancellationToken cancellationToken)
    {
        if (!providers.Knows(provider))
        {
            return OperatorAnswer.NotFound;
        }

        var jobId = providers.CanonicalJobId(provider, id);
        var finding = jobs.FindAsync(provider, jobId, cancellationToken);
        var all = await jobEvents.ListAsync(provider, jobId, cancellationToken).ToListAsync(cancellationToken);
        if (await finding is not { } job)
        {
            return OperatorAnswer.NotFound;
        }

        var newest = all.OrderByDescending(each => each.ReceivedAt).Take(MaxEvents).ToList();
        var found = new List<IReadOnlyList<TableEntity>>();
        foreach (var piece in newest.Chunk(Concurrency))
        {
            found.AddRange(await Task.WhenAll(piece.Select(
                async each => await events.RowsAsync(each.Event, cancellationToken).ToListAsync(cancellationToken))));
        }

        var signer = options.Life is { } life ? await links.OpenAsync(life, cancellationToken) : null;
        return OperatorAnswer.Ok(new
        {
            job = RowColumns.Read(job),
            assets = JobAssets.Gather(found.SelectMany(rows => rows.Where(row => row.RowKey.StartsWith($"{AssetRow.Kind}:", StringComparison.Ordinal))))
                .Select(asset => Describe(asset, provider, jobId, signer, options)),
            linksExpireAt = signer?.ExpiresAt,
            events = found.SelectMany(rows => rows.Where(row => row.RowKey == EventRow.Key)).Select(Describe),
            moreEvents = all.Count > newest.Count,
        });
    }

    /// <summary>
    /// Lists the jobs that <paramref name="query"/> selects, by the receipt of their events, newest first. A job is listed once, at the event from
    /// which its row's status comes. A page may be short; a <c>cursor</c> that is not null begins the next. Requests: those of the list of recent
    /// events (see <see cref="ListPage{T}"/>), and one for each job examined.
    /// </summary>
    public async Task<OperatorAnswer> ListAsync(JobListQuery query, CancellationToken cancellationToken)
    {
        if (query.Provider is not null && !providers.Knows(query.Provider))
        {
            return OperatorAnswer.BadRequest($"\"provider\" must be one of {string.Join(", ", providers.All.Select(provider => provider.Name))}.");
        }

        // Instances' clocks differ a little, and events that were just received must be visible.
        var until = query.Until ?? clock.GetUtcNow() + TimeSpan.FromMinutes(5);
        var page = await ListPage<TableEntity>.ReadAsync(
            index.RecentAsync(query.Since, until, query.After, cancellationToken),
            query.Top,
            entry => query.Provider is null || query.Provider == entry.Provider,
            async entry => await FindAsync(entry, cancellationToken) is { } job && Belongs(job, query) ? job : null,
            clock);
        return OperatorAnswer.Ok(new { jobs = page.Found.Select(RowColumns.Read), cursor = JobListQuery.NextCursor(page.End) });
    }

    private static bool Belongs(TableEntity job, JobListQuery query) =>
        query.Status is not { } status || job.GetString(Columns.Status) == status.ToString();

    // Returns null if the job's status comes from another event.
    private async Task<TableEntity?> FindAsync(EventIndexEntry entry, CancellationToken cancellationToken)
    {
        var jobId = entry.JobId;
        if (jobId is null)
        {
            // The entry was added before the event was interpreted.
            jobId = await events.FindAsync(entry.Event, cancellationToken) is { IsInterpreted: true } row ? row.JobId : null;
        }

        return jobId is not null
            && await jobs.FindAsync(entry.Provider, jobId, cancellationToken) is { } job
            && job.GetString(JobStore.EventColumn) == entry.Event
                ? job
                : null;
    }

    private static Dictionary<string, object?> Describe(TableEntity asset, string provider, string jobId, AssetLinkSigner? signer, JobLinkOptions options)
    {
        var state = asset.GetString(nameof(AssetRow.State));
        var isStored = state == nameof(AssetState.Stored);
        // Before the asset is stored, its row already names the future blob.
        var blob = isStored ? asset.GetString(nameof(AssetRow.Blob)) : null;
        var described = new Dictionary<string, object?>
        {
            ["name"] = asset.GetString(nameof(AssetRow.Name)),
            ["state"] = state,
            ["reason"] = isStored ? null : asset.GetString(nameof(AssetRow.ErrorCode)),
            ["lastError"] = isStored ? null : asset.GetString(nameof(AssetRow.LastError)),
            ["assurance"] = asset.GetString(nameof(AssetRow.Assurance)),
            ["blob"] = blob,
            ["bytes"] = isStored ? asset.GetInt64(nameof(AssetRow.Bytes)) : null,
            ["sha256"] = isStored ? asset.GetString(nameof(AssetRow.Sha256)) : null,
            ["contentType"] = isStored ? asset.GetString(nameof(AssetRow.ContentType)) : null,
            ["attempts"] = asset.GetInt32(nameof(AssetRow.Attempts)) ?? 0,
            ["nextAttemptAt"] = asset.GetDateTimeOffset(nameof(AssetRow.NextAttemptAt)),
        };
        if (signer is not null)
        {
            described["url"] = blob is null ? null : signer.Sign(
                blob, asset.GetString(nameof(AssetRow.ContentType)), options.IsDownload ? JobAssets.FileName(provider, jobId, blob) : null);
        }

        return described;
    }

    private static Dictionary<string, object?> Describe(TableEntity row) => new()
    {
        ["id"] = row.GetString(nameof(EventRow.WebhookId)),
        ["space"] = EventKey.FromPartitionKey(row.GetString(nameof(EventRow.WebhookId)), row.PartitionKey).Space,
        ["type"] = row.GetString(Columns.EventType),
        ["state"] = row.GetString(nameof(EventRow.State)),
        ["receivedAt"] = row.GetDateTimeOffset(nameof(EventRow.ReceivedAt)),
        ["completedAt"] = row.GetDateTimeOffset(Columns.CompletedAt),
        ["outcome"] = row.GetString(nameof(EventRow.Outcome)),
        ["notificationsPending"] = row.GetInt32(nameof(EventRow.NotificationsPending)) ?? 0,
    };
}
