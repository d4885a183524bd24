using WebhookFunctions.Messaging;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>Sender of messages for events and assets that have none: from the raw body that was kept.</summary>
public sealed class EventResend(ArchivedEventReader archive, AssetMessageRebuilder rebuilder, AssetDispatch dispatch, QueueSenders senders)
{
    /// <summary>
    /// Sends an event through the recorder again; false if its body was not kept. The queue drops a second message with the same
    /// <paramref name="suffix"/> within the duplicate detection window. With <paramref name="isRefetch"/>, an operator asked for it: then an
    /// unconfirmed event that has ended is asked about again too.
    /// </summary>
    public async Task<bool> TrySendEventAsync(EventRow row, string suffix, CancellationToken cancellationToken, bool isRefetch = false)
    {
        if (ArchivedEventReader.MessageOf(row, suffix) is not { } message)
        {
            return false;
        }

        await senders.Events.SendMessageAsync((message with { IsRefetch = isRefetch }).ToMessage(), cancellationToken);
        return true;
    }

    /// <summary>
    /// Sends messages for some of an event's assets, by their row keys, each with the number of the attempt that is due.
    /// Returns how many were sent; null if the event's body is gone, or its provider is off or denies the event.
    /// </summary>
    public async Task<int?> SendAssetsAsync(EventRow row, IReadOnlyDictionary<string, AssetRow> assets, CancellationToken cancellationToken)
    {
        if (await archive.ReadAsync(row, cancellationToken) is not { } archived)
        {
            return null;
        }

        var messages = await rebuilder.MessagesAsync(archived, cancellationToken)
            .Where(message => assets.ContainsKey(message.Row))
            .Select(message => message with { Attempt = assets[message.Row].Attempts })
            .ToListAsync(cancellationToken);
        await dispatch.SendAsync(messages, cancellationToken);
        return messages.Count;
    }
}
