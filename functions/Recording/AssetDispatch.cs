using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Recording;

/// <summary>Turns what an event names into rows and messages. Both come out alike every time, so that a repetition does no harm.</summary>
public sealed class AssetDispatch(QueueSenders senders, TimeProvider clock)
{
    /// <summary>How many assets one manifest may name, and how many rows' numbers are kept for them; as many for the event's own.</summary>
    public const int MaxExpansion = 10_000;

    /// <summary>The rows of <paramref name="assets"/>.</summary>
    public IEnumerable<AssetRow> Rows(AssetOrigin origin, IEnumerable<NumberedAsset> assets) =>
        assets.Select(asset => AssetRow.Create(origin.Event.PartitionKey, asset.Number, asset.Source, origin.Assurance, clock.GetUtcNow()));

    /// <summary>Sends a message for each of <paramref name="assets"/> that there is something to fetch for.</summary>
    public Task SendAsync(AssetOrigin origin, IReadOnlyList<NumberedAsset> assets, CancellationToken cancellationToken) =>
        SendAsync(Messages(origin, assets), cancellationToken);

    /// <summary>Sends messages that <see cref="Messages(AssetOrigin, IEnumerable{NumberedAsset})"/> made.</summary>
    public async Task SendAsync(IEnumerable<AssetMessage> messages, CancellationToken cancellationToken)
    {
        using var span = WebhookTracing.StartSend(QueueNames.AssetDownloads);
        await QueueSenders.SendAllAsync(senders.Assets, messages.Select(message => message.ToMessage()), cancellationToken);
    }

    /// <summary>The message of each asset, numbered from <paramref name="first"/>, that there is something to fetch for.</summary>
    public IReadOnlyList<AssetMessage> Messages(AssetOrigin origin, IEnumerable<AssetSource> sources, int first = 0) =>
        Messages(origin, NumberedAsset.From(sources, first));

    /// <summary>The message of each of <paramref name="assets"/> that there is something to fetch for.</summary>
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
                // Apart from the event's own assets, however many those are: another answer of the provider's API may name one more.
                FirstExpandedRow = asset.Source.Expands ? MaxExpansion * ++expanding : 0,
            })];
    }
}
