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

/// <summary>What came of reading an event again.</summary>
public abstract record ArchiveReading
{
    private ArchiveReading()
    {
    }

    /// <summary>The event as its body says it.</summary>
    public sealed record Read(ArchivedEvent Event) : ArchiveReading;

    /// <summary>The event cannot be read again as things are.</summary>
    /// <param name="Why">The cause in words for a person: the end of a sentence, without a full stop.</param>
    public sealed record Impossible(string Why) : ArchiveReading;
}

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

    /// <summary>Reads the event again.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="asking">Ends the waiting for the provider's API, which is asked about an event that is not proven.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HttpRequestException">The provider's API could not be reached: try again later.</exception>
    public async Task<ArchiveReading> ReadAsync(EventRow row, CancellationToken asking, CancellationToken cancellationToken)
    {
        if (!providers.TryGet(row.Provider, out var provider))
        {
            return new ArchiveReading.Impossible($"provider {row.Provider} is off; health/details names the settings");
        }

        if (MessageOf(row, "") is not { } message)
        {
            return new ArchiveReading.Impossible("its body was never kept");
        }

        // Waits: in front of those that come for the first time. What has ended or is stalled does not wait behind a flood.
        switch (await reader.InterpretAsync(message with { Waits = 1 }, provider, cancellationToken))
        {
            case BodyReading.Interpreted(var received, var interpreted):
                var confirmation = await provider.ConfirmIfNeededAsync(received, interpreted, asking);
                return confirmation switch
                {
                    Confirmation.Believed(var generation) =>
                        new ArchiveReading.Read(new ArchivedEvent(provider, AssetOrigin.Of(received, generation), hosts.HoldBack(generation, provider))),
                    Confirmation.Unfinished or Confirmation.Postponed => throw new HttpRequestException(confirmation.WhyNot),
                    Confirmation.Denied(var reason) => new ArchiveReading.Impossible($"the provider's API denies it ({reason.TrimEnd('.')})"),
                    _ => throw new System.Diagnostics.UnreachableException(confirmation.GetType().Name),
                };

            case BodyReading.Malformed:
                return new ArchiveReading.Impossible("its body is not a JSON object");

            default:
                return new ArchiveReading.Impossible($"its body is gone: blob {message.ClaimCheck} is missing, or holds another body");
        }
    }
}
