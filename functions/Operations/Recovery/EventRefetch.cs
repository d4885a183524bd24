using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>
/// Downloads an event's assets anew, by new links where the provider's API gives them. A blob that is there stays until its successor is whole,
/// and where that never comes.
/// </summary>
public sealed class EventRefetch(
    EventStore events,
    AssetCompletionWriter completions,
    ArchivedEventReader archive,
    AssetMessageRebuilder rebuilder,
    AssetDispatch dispatch,
    AssetBlobs blobs,
    EventResend resend,
    ProviderCatalog providers,
    TimeProvider clock)
{
    /// <summary>
    /// Answers 202 with <c>refetching</c> (how many assets) and <c>links</c> (<c>new</c> or <c>kept</c>); 409 where the event has not ended, or what is
    /// needed for it is not there any more; 503, by an exception, where the provider's API is away.
    /// </summary>
    /// <exception cref="HttpRequestException">The provider's API could not be reached.</exception>
    public async Task<OperatorAnswer> RunAsync(string space, string webhookId, CancellationToken cancellationToken)
    {
        if (!providers.Knows(EventSpaces.ProviderOf(space))
            || await events.FindAsync(EventKey.Create(space, webhookId).PartitionKey, cancellationToken) is not { } row)
        {
            return OperatorAnswer.NotFound;
        }

        if (!row.IsFinal)
        {
            return OperatorAnswer.Conflict($"The event is {row.State}: its assets are on their way.");
        }

        if (row.State == EventState.Failed)
        {
            return await RecordAgainAsync(row, 0, cancellationToken);
        }

        if (await archive.ReadAsync(row, cancellationToken) is not { } archived)
        {
            return OperatorAnswer.Conflict("The event's body is gone, or its provider is off or denies it by now.");
        }

        if (row.Assurance == Assurance.Unconfirmed && archived.Generation.Assurance.IsProven())
        {
            // It is proven by now: everything that is derived from it is derived again.
            return await RecordAgainAsync(row, archived.Generation.Assets.Count(asset => asset.IsFetched), cancellationToken);
        }

        var (current, isNew) = await RenewAsync(archived, cancellationToken);
        var count = 0;
        await foreach (var message in rebuilder.MessagesAsync(current, cancellationToken))
        {
            if (await ReopenAsync(message, cancellationToken) is { } again)
            {
                await dispatch.SendAsync([again], cancellationToken);
                count++;
            }
        }

        return OperatorAnswer.Accepted(new { refetching = count, links = isNew ? "new" : "kept" });
    }

    private async Task<OperatorAnswer> RecordAgainAsync(EventRow row, int assets, CancellationToken cancellationToken)
    {
        return await resend.TrySendEventAsync(row, $"f{clock.GetUtcNow().UtcTicks}", cancellationToken, isRefetch: true)
            ? OperatorAnswer.Accepted(new { refetching = assets, links = assets > 0 ? "new" : "kept" })
            : OperatorAnswer.Conflict("The event failed and its body was not kept: replay its dead letter.");
    }

    /// <summary>The event with the links that the provider's API gives now, for the assets that it still names.</summary>
    private static async Task<(ArchivedEvent Event, bool IsNew)> RenewAsync(ArchivedEvent archived, CancellationToken cancellationToken)
    {
        if (!archived.Provider.CanRecover || archived.Generation.JobId is not { } jobId
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

    /// <summary>Opens an asset's row again; null where it is gone, is kept elsewhere, or is on its way since.</summary>
    private async Task<AssetMessage?> ReopenAsync(AssetMessage message, CancellationToken cancellationToken)
    {
        while (await events.FindAssetAsync(message.Event.PartitionKey, message.Row, cancellationToken) is { } asset && asset.State.IsRefetchable())
        {
            var there = asset.Blob is { } blob ? await blobs.GetAsync(blob, cancellationToken) : null;
            var before = asset.State;
            asset.Reopen(clock.GetUtcNow());
            if (await completions.WriteAsync(asset, before, cancellationToken) == WriteResult.Written)
            {
                return message with { ReplacesETag = there?.Version };
            }
        }

        return null;
    }
}
