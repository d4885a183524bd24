using WebhookFunctions.Messaging;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>Sender that re-enqueues events and assets without a message, from the stored raw body.</summary>
public sealed class EventResend(ArchivedEventReader archive, AssetMessageRebuilder rebuilder, AssetDispatch dispatch, QueueSenders senders)
{
    /// <summary>
    /// Sends an event through the recorder again. Returns false if its body is not stored. The queue drops a second message with the same
    /// <paramref name="suffix"/> within the duplicate detection window. With <paramref name="isRefetch"/>, an operator requested it, and an
    /// unconfirmed event that has ended is confirmed again too.
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

    /// <summary>Sends messages for some of an event's assets, given by their row keys, each with its next attempt's number.</summary>
    public async Task<AssetResend> SendAssetsAsync(EventRow row, IReadOnlyDictionary<string, AssetRow> assets, CancellationToken cancellationToken)
    {
        switch (await archive.ReadAsync(row, cancellationToken, cancellationToken))
        {
            case ArchiveReading.Read(var archived):
                var messages = await rebuilder.MessagesAsync(archived, cancellationToken)
                    .Where(message => assets.ContainsKey(message.Row))
                    .Select(message => message with { Attempt = assets[message.Row].Attempts, Reopenings = assets[message.Row].Reopenings })
                    .ToListAsync(cancellationToken);
                await dispatch.SendAsync(messages, cancellationToken);
                return new AssetResend.Sent(messages.Count);

            case ArchiveReading.Impossible(var reason):
                return new AssetResend.Impossible(reason);

            case var other:
                throw new System.Diagnostics.UnreachableException(other.GetType().Name);
        }
    }
}

/// <summary>Result of sending messages for assets again.</summary>
public abstract record AssetResend
{
    private AssetResend()
    {
    }

    /// <summary>The number of messages that were sent.</summary>
    public sealed record Sent(int Count) : AssetResend;

    /// <summary>No message can be sent.</summary>
    /// <param name="Why">The cause, as in <see cref="ArchiveReading.Impossible"/>.</param>
    public sealed record Impossible(string Why) : AssetResend;
}
