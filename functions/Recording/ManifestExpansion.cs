using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>
/// Expander that turns a stored manifest into rows and messages, in pieces of one transaction each. After a crash the whole is repeated: assets keep
/// their rows, by name, and their messages are sent again. A manifest that was fetched again may name others, in another order. The manifest's own
/// row ends last, so the event's total is final once all its assets have ended.
/// </summary>
public sealed class ManifestExpansion(EventStore events, AssetDispatch dispatch, AssetHosts hosts, TimeProvider clock)
{
    // The event's row, with its counts, is part of each transaction.
    private const int PieceSize = EventStore.TransactionSize - 1;

    /// <summary>
    /// Adds the assets that the manifest names. Returns false if it names none, because the provider has not completed it; it has to be fetched
    /// again.
    /// </summary>
    public async Task<bool> RunAsync(AssetMessage manifest, Stream content, WebhookProvider provider, CancellationToken cancellationToken)
    {
        var origin = new AssetOrigin(manifest.Event, manifest.JobId, manifest.Assurance, manifest.ReceivedAt);
        var rows = await events.AssetsAsync(origin.Event.PartitionKey, cancellationToken).ToListAsync(cancellationToken);
        var numbering = new AssetNumbering(rows, manifest.FirstExpandedRow);
        var piece = new List<AssetSource>(PieceSize);
        var count = 0;
        await foreach (var source in provider.ExpandAsync(manifest.Source.Name, content, cancellationToken).WithCancellation(cancellationToken))
        {
            var isOneTooMany = ++count == AssetDispatch.MaxExpansion;
            piece.Add(isOneTooMany ? TooMany(source) : hosts.Restrict(source with { Expands = false }, provider, manifest.Assurance));
            if (piece.Count == PieceSize || isOneTooMany)
            {
                await AddAsync(origin, piece, numbering, cancellationToken);
                piece.Clear();
            }

            if (isOneTooMany)
            {
                return true;
            }
        }

        if (piece.Count > 0)
        {
            await AddAsync(origin, piece, numbering, cancellationToken);
        }

        return count > 0;
    }

    private async Task AddAsync(AssetOrigin origin, List<AssetSource> piece, AssetNumbering numbering, CancellationToken cancellationToken)
    {
        var assets = piece.ConvertAll(numbering.Assign);
        var missing = dispatch.Rows(origin, assets.Where(asset => !numbering.IsKnown(asset.Source))).ToList();
        await events.ExpandAsync(origin.Event.PartitionKey, missing, clock.GetUtcNow(), cancellationToken);
        await dispatch.SendAsync(origin, assets, cancellationToken);
    }

    private static AssetSource TooMany(AssetSource source) => source with
    {
        FetchError = $"The manifest names more than {AssetDispatch.MaxExpansion - 1} assets; the ones from here on are left out.",
        Expands = false,
    };
}
