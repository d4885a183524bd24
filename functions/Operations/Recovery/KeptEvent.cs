using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>An event as its body, which was kept, says it.</summary>
/// <param name="Provider">Its provider.</param>
/// <param name="Origin">What its assets have in common.</param>
/// <param name="Said">What it says, links and all.</param>
public sealed record KeptEvent(WebhookProvider Provider, AssetOrigin Origin, GenerationEvent Said);

/// <summary>Reads events again from container <c>raw-events</c>: links with their queries stand nowhere else, once their messages are gone.</summary>
public sealed class KeptEvents(ProviderCatalog providers, RawEventStore rawEvents)
{
    /// <summary>
    /// A message that takes an event through the recorder again; null where its body was not kept. <paramref name="mark"/> sets its id apart from those of
    /// other messages of the event: what was sent within the duplicate detection window is dropped.
    /// </summary>
    public static EventMessage? MessageOf(EventRow row, string mark)
    {
        var key = row.ToKey();
        return row.RawBlob is not { } blob ? null : new EventMessage
        {
            Key = key,
            Coverage = row.Coverage,
            ReceivedAt = row.ReceivedAt,
            Body = BinaryData.Empty,
            ClaimCheck = blob,
            IsRecovered = row.IsRecovered,
            Lineage = $"{key.MessageId}/{mark}",
        };
    }

    /// <summary>The event; null where its provider is off, its body is gone, or the provider's API denies it by now.</summary>
    /// <exception cref="HttpRequestException">The provider's API could not be reached: try again later.</exception>
    public async Task<KeptEvent?> ReadAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (!providers.TryGet(row.Provider, out var provider)
            || row.RawBlob is not { } blob
            || await rawEvents.ReadAsync(blob, cancellationToken) is not { } body)
        {
            return null;
        }

        using var document = EventJson.TryParse(body.ToMemory());
        if (document is null)
        {
            return null;
        }

        var received = new ReceivedEvent(row.ToKey(), row.Coverage, row.ReceivedAt, document.RootElement, row.IsRecovered);
        var confirmation = await provider.CheckAsync(received, provider.Read(received), cancellationToken);
        return confirmation.Event is { } said
            ? new KeptEvent(provider, new AssetOrigin(received.Key, said.JobId ?? row.WebhookId, row.Coverage, row.ReceivedAt), said)
            : null;
    }
}
