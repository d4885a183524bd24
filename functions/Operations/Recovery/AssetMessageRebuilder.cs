using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Messaging;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>Rebuilder of asset messages that reads them from the event's body and from its stored manifests.</summary>
public sealed class AssetMessageRebuilder(AssetDispatch dispatch, AssetHosts hosts, EventStore events, AssetBlobs blobs)
{
    /// <summary>Returns the messages of those assets of <paramref name="archived"/> that have to be fetched, in the order of their rows.</summary>
    public async IAsyncEnumerable<AssetMessage> MessagesAsync(
        ArchivedEvent archived, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var messages = dispatch.Messages(archived.Origin, archived.Generation.Assets);
        foreach (var message in messages)
        {
            yield return message;
        }

        foreach (var manifest in messages.Where(message => message.Source.Expands))
        {
            var row = await events.FindAssetAsync(archived.Origin.Event.PartitionKey, manifest.Row, cancellationToken);
            if (row is not { Blob: { } blob } || await blobs.GetAsync(blob, cancellationToken) is null)
            {
                continue;
            }

            await using var content = await blobs.OpenAsync(blob, cancellationToken);
            var numbered = await archived.Provider.ExpandAsync(manifest.Source.Name, content, cancellationToken)
                .Take(AssetDispatch.MaxExpansion - 1)
                .Select(source => hosts.Restrict(source with { Expands = false }, archived.Provider, archived.Origin.Assurance))
                .ToListAsync(cancellationToken);
            foreach (var message in dispatch.Messages(archived.Origin, numbered, manifest.FirstExpandedRow))
            {
                yield return message;
            }
        }
    }
}
