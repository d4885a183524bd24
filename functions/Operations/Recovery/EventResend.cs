using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

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

    /// <summary>Sends messages for some of an event's assets, each with its next attempt's number.</summary>
    /// <param name="row">The event.</param>
    /// <param name="assets">The rows of all of its assets.</param>
    /// <param name="orphaned">Those to send messages for.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    public async Task<AssetResend> SendAssetsAsync(
        EventRow row, IReadOnlyCollection<AssetRow> assets, IReadOnlyCollection<AssetRow> orphaned, CancellationToken cancellationToken)
    {
        ArchiveReading reading;
        try
        {
            reading = await archive.ReadAsync(row, cancellationToken, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            return new AssetResend.Impossible($"the API of {row.Provider} could not be asked ({LoggedException.ReasonOf(exception)})");
        }

        switch (reading)
        {
            case ArchiveReading.Read(var archived) when archived.Generation.Assurance.IsProven() && !row.Assurance.IsProven():
                return new AssetResend.Impossible("it is proven now, unlike its assets, and has to be fetched again once it has ended");

            case ArchiveReading.Read(var archived):
                var byKey = orphaned.ToDictionary(asset => asset.RowKey, StringComparer.Ordinal);
                var messages = await rebuilder.MessagesAsync(archived, assets, cancellationToken)
                    .Where(message => byKey.ContainsKey(message.Row))
                    .Select(message => message with { Attempt = byKey[message.Row].Attempts, Reopenings = byKey[message.Row].Reopenings })
                    .ToListAsync(cancellationToken);
                await dispatch.SendAsync(messages, cancellationToken);
                var sent = messages.Select(message => message.Row).ToHashSet(StringComparer.Ordinal);
                return new AssetResend.Sent(sent.Count, [.. orphaned.Where(asset => !sent.Contains(asset.RowKey))]);

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

    /// <summary>The event was read again.</summary>
    /// <param name="Count">The number of assets whose messages were sent.</param>
    /// <param name="Unnamed">The others, which the event does not name any more.</param>
    public sealed record Sent(int Count, IReadOnlyList<AssetRow> Unnamed) : AssetResend;

    /// <summary>No message can be sent at present.</summary>
    /// <param name="Why">The cause, as in <see cref="ArchiveReading.Impossible"/>.</param>
    public sealed record Impossible(string Why) : AssetResend;
}
