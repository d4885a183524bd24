using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>An event as its body, which was kept, says it.</summary>
/// <param name="Provider">Its provider.</param>
/// <param name="Origin">What its assets have in common.</param>
/// <param name="Generation">What it says, links and all.</param>
public sealed record ArchivedEvent(WebhookProvider Provider, AssetOrigin Origin, GenerationEvent Generation);

/// <summary>Reads events again from container <c>raw-events</c>: links with their queries stand nowhere else, once their messages are gone.</summary>
public sealed class ArchivedEventReader(ProviderCatalog providers, AssetHosts hosts, EventReader reader)
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
            HasToken = row.HasToken,
            IsSharedKey = row.IsSharedKey,
            ReceivedAt = row.ReceivedAt,
            Body = BinaryData.Empty,
            BodySha256 = row.BodySha256 ?? "",
            ClaimCheck = blob,
            IsRecovered = row.IsRecovered,
            MessageIdPrefix = $"{key.MessageId}/{mark}",
        };
    }

    /// <summary>The event; null where its provider is off, its body is gone, or the provider's API denies it by now.</summary>
    /// <exception cref="HttpRequestException">The provider's API could not be reached: try again later.</exception>
    public async Task<ArchivedEvent?> ReadAsync(EventRow row, CancellationToken cancellationToken)
    {
        // Waits: in front of those that come for the first time. What has ended or is stalled does not wait behind a flood.
        if (!providers.TryGet(row.Provider, out var provider)
            || MessageOf(row, "") is not { } message
            || await reader.InterpretAsync(message with { Waits = 1 }, provider, cancellationToken) is not BodyReading.Interpreted(var received, var interpreted))
        {
            return null;
        }

        var confirmation = await provider.ConfirmIfNeededAsync(received, interpreted, cancellationToken);
        return confirmation switch
        {
            Confirmation.Believed(var generation) => new ArchivedEvent(provider, AssetOrigin.Of(received, generation), hosts.HoldBack(generation, provider)),
            Confirmation.Unfinished(var reason) => throw new HttpRequestException(reason),
            Confirmation.Postponed => throw new HttpRequestException("The provider's API was asked too often within the last minute."),
            _ => null,
        };
    }
}
