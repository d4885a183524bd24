using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>
/// Expander that turns a stored manifest into rows and messages, in pieces of one transaction each. The rows' numbers follow from the manifest
/// alone. After a crash the whole is repeated: existing pieces stay as they are, and their messages are sent again. The manifest's own row ends
/// last, so the event's total is final once all its assets have ended.
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
        var numbered = provider.ExpandAsync(manifest.Source.Name, content, cancellationToken);
        var piece = new List<AssetSource>(PieceSize);
        var first = manifest.FirstExpandedRow;
        await foreach (var source in numbered.WithCancellation(cancellationToken))
        {
            var isOneTooMany = first + piece.Count - manifest.FirstExpandedRow == AssetDispatch.MaxExpansion - 1;
            piece.Add(isOneTooMany ? TooMany(source) : hosts.Restrict(source with { Expands = false }, provider, manifest.Assurance));
            if (piece.Count == PieceSize || isOneTooMany)
            {
                await AddAsync(origin, piece, first, cancellationToken);
                first += piece.Count;
                piece.Clear();
            }

            if (isOneTooMany)
            {
                return true;
            }
        }

        if (piece.Count > 0)
        {
            await AddAsync(origin, piece, first, cancellationToken);
        }

        return first + piece.Count > manifest.FirstExpandedRow;
    }

    private async Task AddAsync(AssetOrigin origin, List<AssetSource> piece, int first, CancellationToken cancellationToken)
    {
        var assets = NumberedAsset.From(piece, first);
        await events.ExpandAsync(origin.Event.PartitionKey, [.. dispatch.Rows(origin, assets)], clock.GetUtcNow(), cancellationToken);
        await dispatch.SendAsync(origin, assets, cancellationToken);
    }

    private static AssetSource TooMany(AssetSource source) => source with
    {
        FetchError = $"The manifest names more than {AssetDispatch.MaxExpansion - 1} assets; the ones from here on are left out.",
        Expands = false,
    };
}
