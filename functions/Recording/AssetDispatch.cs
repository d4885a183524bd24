using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Recording;

/// <summary>Dispatcher that turns the assets of an event into rows and messages. Both are the same every time, so a repetition is harmless.</summary>
public sealed class AssetDispatch(QueueSenders senders, TimeProvider clock)
{
    /// <summary>The maximum number of assets in one manifest. It is also how many row numbers are reserved for each manifest, and for the event's
    /// own assets.</summary>
    public const int MaxExpansion = 10_000;

    /// <summary>Returns the rows of <paramref name="assets"/>.</summary>
    public IEnumerable<AssetRow> Rows(AssetOrigin origin, IEnumerable<NumberedAsset> assets) =>
        assets.Select(asset => AssetRow.Create(origin.Event.PartitionKey, asset.Number, asset.Source, origin.Assurance, clock.GetUtcNow()));

    /// <summary>Sends a message for each of <paramref name="assets"/> that has to be fetched.</summary>
    public Task SendAsync(AssetOrigin origin, IReadOnlyList<NumberedAsset> assets, CancellationToken cancellationToken) =>
        SendAsync(Messages(origin, assets), cancellationToken);

    /// <summary>Sends messages made by <see cref="Messages"/>.</summary>
    public async Task SendAsync(IEnumerable<AssetMessage> messages, CancellationToken cancellationToken)
    {
        using var span = WebhookTracing.StartSend(QueueNames.AssetDownloads);
        await QueueSenders.SendAllAsync(senders.Assets, messages.Select(message => message.ToMessage()), cancellationToken);
    }

    /// <summary>Returns the messages of those of <paramref name="assets"/> that have to be fetched.</summary>
    public IReadOnlyList<AssetMessage> Messages(AssetOrigin origin, IEnumerable<NumberedAsset> assets)
    {
        var now = clock.GetUtcNow();
        var expanding = 0;
        return [.. assets
            .Where(asset => asset.Source.IsFetched)
            .Select(asset => new AssetMessage
            {
                Event = origin.Event,
                Row = asset.RowKey,
                JobId = origin.JobId,
                Source = asset.Source,
                Assurance = origin.Assurance,
                ReceivedAt = origin.ReceivedAt,
                QueuedAt = now,
                RowETag = asset.RowETag,
                IsFirstOfJob = origin.IsFirstOfJob,
                // Numbers for expanded assets start above all numbers of the event's own, because a later answer of the provider's API may name
                // another asset.
                FirstExpandedRow = asset.Source.Expands ? MaxExpansion * ++expanding : 0,
            })];
    }
}
