using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Recording;

/// <summary>Turns what an event names into rows and messages. Both come out alike every time, so that a repetition does no harm.</summary>
public sealed class AssetDispatch(QueueSenders senders, TimeProvider clock)
{
    /// <summary>How many assets one manifest may name, and how many rows' numbers are kept for them.</summary>
    public const int MaxExpansion = 10_000;

    /// <summary>The rows of assets that are numbered from <paramref name="first"/>.</summary>
    public IEnumerable<AssetRow> Rows(AssetOrigin origin, IEnumerable<AssetSource> sources, int first = 0) =>
        sources.Select((source, i) => AssetRow.Create(origin.Event.PartitionKey, first + i, source, origin.Assurance, clock.GetUtcNow()));

    /// <summary>Sends a message for each asset, numbered from <paramref name="first"/>, that there is something to fetch for.</summary>
    public Task SendAsync(AssetOrigin origin, IReadOnlyList<AssetSource> sources, CancellationToken cancellationToken, int first = 0) =>
        SendAsync(Messages(origin, sources, first), cancellationToken);

    /// <summary>Sends messages that <see cref="Messages"/> made.</summary>
    public async Task SendAsync(IEnumerable<AssetMessage> messages, CancellationToken cancellationToken)
    {
        using var span = WebhookTracing.StartSend(QueueNames.AssetDownloads);
        await QueueSenders.SendAllAsync(senders.Assets, messages.Select(message => message.ToMessage()), cancellationToken);
    }

    /// <summary>The message of each asset, numbered from <paramref name="first"/>, that there is something to fetch for.</summary>
    public IReadOnlyList<AssetMessage> Messages(AssetOrigin origin, IReadOnlyList<AssetSource> sources, int first = 0)
    {
        var now = clock.GetUtcNow();
        var further = first + sources.Count;
        var expanding = 0;
        return [.. sources
            .Select((source, i) => (Source: source, Row: AssetRow.KeyOf(first + i)))
            .Where(asset => asset.Source.IsFetched)
            .Select(asset => new AssetMessage
            {
                Event = origin.Event,
                Row = asset.Row,
                JobId = origin.JobId,
                Source = asset.Source,
                Assurance = origin.Assurance,
                ReceivedAt = origin.ReceivedAt,
                QueuedAt = now,
                FirstExpandedRow = asset.Source.Expands ? further + MaxExpansion * expanding++ : 0,
            })];
    }
}
