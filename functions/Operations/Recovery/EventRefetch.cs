using Microsoft.Extensions.Logging;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>
/// Refetcher that downloads an event's assets again, with new links if the provider's API gives them. Assets keep their rows by name, and new ones
/// get rows of their own. An existing blob stays until its replacement is complete.
/// </summary>
public sealed partial class EventRefetch(
    EventStore events,
    AssetCompletionWriter completions,
    ArchivedEventReader archive,
    AssetMessageRebuilder rebuilder,
    AssetDispatch dispatch,
    AssetBlobs blobs,
    EventResend resend,
    ProviderCatalog providers,
    TimeProvider clock,
    ILogger<EventRefetch> logger)
{
    /// <summary>
    /// Answers 202 with <c>refetching</c> (how many assets), <c>links</c> (<c>new</c> or <c>kept</c>) and <c>more</c> (whether others are still
    /// being enqueued). Answers 409 if the event has not ended, or if what is needed no longer exists. Answers 503 if the provider's API is
    /// unavailable.
    /// </summary>
    public async Task<OperatorAnswer> RunAsync(string space, string webhookId, CancellationToken cancellationToken)
    {
        if (!providers.Knows(EventSpaces.ProviderOf(space))
            || await events.FindAsync(EventKey.Create(space, webhookId).PartitionKey, cancellationToken) is not { } row)
        {
            return OperatorAnswer.NotFound;
        }

        if (!row.IsFinal)
        {
            return OperatorAnswer.Conflict(row.State == EventState.Received
                ? "The event is Received: it has not been recorded yet. Its lastError says what it waits for."
                : $"The event is still in progress ({row.State}).");
        }

        if (row.State == EventState.Failed)
        {
            return await RecordAgainAsync(row, 0, cancellationToken);
        }

        using var timeout = new CancellationTokenSource(OperatorTimes.WorkLimit, clock);
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await RefetchAsync(row, asking.Token, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            return ApiUnavailable(row, $"could not be asked ({LoggedException.ReasonOf(exception)})");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return ApiUnavailable(row, $"did not answer within {OperatorTimes.WorkLimit.TotalSeconds:0} seconds");
        }
    }

    private static OperatorAnswer ApiUnavailable(EventRow row, string what) =>
        OperatorAnswer.Unavailable($"The API of {row.Provider} {what}. Nothing was changed. Try again later.");

    private async Task<OperatorAnswer> RefetchAsync(EventRow row, CancellationToken asking, CancellationToken cancellationToken)
    {
        switch (await archive.ReadAsync(row, asking, cancellationToken))
        {
            case ArchiveReading.Impossible(var reason):
                return OperatorAnswer.Conflict($"The event cannot be fetched again: {reason}.");

            case ArchiveReading.Read(var archived) when row.Assurance == Assurance.Unconfirmed && archived.Generation.Assurance.IsProven():
                // The event is proven now: everything derived from it is derived again.
                return await RecordAgainAsync(row, archived.Generation.Assets.Count(asset => asset.IsFetched), cancellationToken);

            case ArchiveReading.Read(var archived):
                var (current, isNew) = await RenewAsync(archived, asking);
                return await SendAsync(row, current, isNew ? "new" : "kept", cancellationToken);

            case var other:
                throw new System.Diagnostics.UnreachableException(other.GetType().Name);
        }
    }

    private async Task<OperatorAnswer> SendAsync(EventRow row, ArchivedEvent current, string links, CancellationToken cancellationToken)
    {
        // Not cancelled: once a row is reopened, its message must be sent. Messages that are not sent in time are sent after the answer.
        var progress = new RefetchProgress();
        var sending = SendAsync(current, progress);
        await Task.WhenAny(sending, Task.Delay(OperatorTimes.WorkLimit / 4, clock, cancellationToken));
        if (sending.IsCompleted || progress.Sent == 0)
        {
            await sending;
        }
        else
        {
            _ = LogFailureAsync(row, sending);
        }

        return OperatorAnswer.Accepted(new { refetching = progress.Sent, links, more = !sending.IsCompleted });
    }

    private async Task SendAsync(ArchivedEvent archived, RefetchProgress progress)
    {
        var rows = await events.AssetsAsync(archived.Origin.Event.PartitionKey, CancellationToken.None).ToListAsync(CancellationToken.None);
        var known = rows.Select(row => row.RowKey).ToHashSet(StringComparer.Ordinal);
        await foreach (var message in rebuilder.MessagesAsync(archived, rows, CancellationToken.None))
        {
            if (!known.Contains(message.Row))
            {
                await AddAsync(archived.Origin, message);
            }

            if (await ReopenAsync(message, CancellationToken.None) is { } again)
            {
                await dispatch.SendAsync([again], CancellationToken.None);
                progress.Advance();
            }
        }
    }

    private async Task LogFailureAsync(EventRow row, Task sending)
    {
        try
        {
            await sending;
        }
        catch (Exception exception)
        {
            Log.Stopped(logger, row.PartitionKey, LoggedException.ReasonOf(exception));
        }
    }

    private async Task<OperatorAnswer> RecordAgainAsync(EventRow row, int assets, CancellationToken cancellationToken)
    {
        return await resend.TrySendEventAsync(row, $"f{clock.GetUtcNow().UtcTicks}", cancellationToken, isRefetch: true)
            ? OperatorAnswer.Accepted(new { refetching = assets, links = assets > 0 ? "new" : "kept", more = false })
            : OperatorAnswer.Conflict("The event failed, and its body was not stored. Its dead letter in webhook-events may contain it: replay that.");
    }

    /// <summary>Returns the event with renewed links from the provider's API, for the assets that the API still names.</summary>
    private static async Task<(ArchivedEvent Event, bool IsNew)> RenewAsync(ArchivedEvent archived, CancellationToken cancellationToken)
    {
        if (!archived.Provider.CanRecover || (archived.Generation.SentJobId ?? archived.Generation.JobId) is not { } jobId
            || await archived.Provider.RecoverAsync(jobId, cancellationToken) is not Confirmation.Believed(var now))
        {
            return (archived, false);
        }

        var links = now.Assets.Where(asset => asset.IsFetched).ToDictionary(asset => asset.Name, StringComparer.Ordinal);
        var isNew = archived.Generation.Assets.Any(asset => links.ContainsKey(asset.Name));
        AssetSource[] assets = [.. archived.Generation.Assets.Select(asset => links.GetValueOrDefault(asset.Name) is { } link
            ? asset with { Url = link.Url, FetchError = null }
            : asset)];
        return (archived with { Generation = archived.Generation with { Assets = assets } }, isNew);
    }

    /// <summary>Adds the row of an asset that the event did not name before. It counts and begins once it is reopened, like any other row.</summary>
    private async Task AddAsync(AssetOrigin origin, AssetMessage message)
    {
        var source = message.Source with { ExternalReason = "The event did not name it before it was fetched again." };
        var row = AssetRow.Create(origin.Event.PartitionKey, AssetRow.NumberOf(message.Row), source, origin.Assurance, clock.GetUtcNow());
        await events.ExpandAsync(origin.Event.PartitionKey, [row], clock.GetUtcNow(), CancellationToken.None);
    }

    /// <summary>Reopens an asset's row. Returns null if it does not exist, belongs to another asset by now, is kept elsewhere, or is in progress
    /// again.</summary>
    private async Task<AssetMessage?> ReopenAsync(AssetMessage message, CancellationToken cancellationToken)
    {
        while (await events.FindAssetAsync(message.Event.PartitionKey, message.Row, cancellationToken) is { } asset
            && asset.Name == message.Source.Name && asset.State.IsRefetchable())
        {
            var storedBlob = asset.Blob is { } blob ? await blobs.GetAsync(blob, cancellationToken) : null;
            var before = asset.State;
            asset.Reopen(clock.GetUtcNow());
            if (await completions.WriteAsync(asset, before, cancellationToken) == WriteResult.Written)
            {
                return message with { ReplacesETag = storedBlob?.Version, Reopenings = asset.Reopenings };
            }
        }

        return null;
    }

    /// <summary>Progress of a refetch: the number of messages sent so far, readable while others are being sent.</summary>
    private sealed class RefetchProgress
    {
        private int _sent;

        public int Sent => Volatile.Read(ref _sent);

        public void Advance() => Interlocked.Increment(ref _sent);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Event {Event}: the refetch stopped before all assets were enqueued ({Reason}); refetch it again once the event has ended")]
        public static partial void Stopped(ILogger logger, string @event, string reason);
    }
}
