using System.Runtime.CompilerServices;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>
/// Rebuilder of asset messages that reads them from the event's body and from its stored manifests. It numbers the assets as the recorder does, by
/// the names of their rows, because the provider's API may name other assets now.
/// </summary>
public sealed class AssetMessageRebuilder(AssetDispatch dispatch, AssetHosts hosts, AssetBlobs blobs)
{
    /// <summary>
    /// Returns the messages of those assets of <paramref name="archived"/> that have to be fetched. An asset without a row gets a free number.
    /// </summary>
    /// <param name="archived">The event as it is interpreted now.</param>
    /// <param name="rows">The rows of all of the event's assets.</param>
    /// <param name="cancellationToken">Cancels the reads of the manifests.</param>
    public async IAsyncEnumerable<AssetMessage> MessagesAsync(
        ArchivedEvent archived, IReadOnlyCollection<AssetRow> rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var messages = dispatch.Messages(archived.Origin, NumberedAsset.AssignNumbers(archived.Generation.Assets, rows));
        foreach (var message in messages)
        {
            yield return message;
        }

        foreach (var manifest in messages.Where(message => message.Source.Expands))
        {
            var row = rows.FirstOrDefault(row => row.RowKey == manifest.Row);
            if (row is not { Blob: { } blob } || await blobs.GetAsync(blob, cancellationToken) is null)
            {
                continue;
            }

            await using var content = await blobs.OpenAsync(blob, cancellationToken);
            List<AssetSource> named = await archived.Provider.ExpandAsync(manifest.Source.Name, content, cancellationToken)
                .Take(AssetDispatch.MaxExpansion - 1)
                .Select(source => hosts.Restrict(source with { Expands = false }, archived.Provider, archived.Origin.Assurance))
                .ToListAsync(cancellationToken);
            foreach (var message in dispatch.Messages(archived.Origin, NumberedAsset.AssignNumbers(named, rows, manifest.FirstExpandedRow)))
            {
                yield return message;
            }
        }
    }
}
