using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>Event as interpreted from its stored body.</summary>
/// <param name="Provider">Its provider.</param>
/// <param name="Origin">What its assets have in common.</param>
/// <param name="Generation">The interpreted event, including its links.</param>
public sealed record ArchivedEvent(WebhookProvider Provider, AssetOrigin Origin, GenerationEvent Generation);

/// <summary>Result of reading an event from its stored body.</summary>
public abstract record ArchiveReading
{
    private ArchiveReading()
    {
    }

    /// <summary>The event was read.</summary>
    public sealed record Read(ArchivedEvent Event) : ArchiveReading;

    /// <summary>The event cannot be read at present.</summary>
    /// <param name="Why">The cause, as text for an operator: the end of a sentence, without a full stop.</param>
    public sealed record Impossible(string Why) : ArchiveReading;
}

/// <summary>Reader that interprets events again from container <c>raw-events</c>. Once their messages are completed, links with their queries are
/// stored nowhere else.</summary>
public sealed class ArchivedEventReader(ProviderCatalog providers, AssetHosts hosts, EventReader reader)
{
    /// <summary>
    /// Returns a message that takes an event through the recorder again; null if its body is not stored. <paramref name="suffix"/> makes the message
    /// id unique, so that duplicate detection does not discard the message.
    /// </summary>
    public static EventMessage? MessageOf(EventRow row, string suffix)
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
            MessageIdPrefix = $"{key.MessageId}/{suffix}",
        };
    }

    /// <summary>Reads the event from its body.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="asking">Cancels the call of the provider's API, which is asked about an event that is not proven.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="HttpRequestException">The provider's API could not be reached; a later attempt may succeed.</exception>
    public async Task<ArchiveReading> ReadAsync(EventRow row, CancellationToken asking, CancellationToken cancellationToken)
    {
        if (!providers.TryGet(row.Provider, out var provider))
        {
            return new ArchiveReading.Impossible($"provider {row.Provider} is off; health/details names the settings");
        }

        if (MessageOf(row, "") is not { } message)
        {
            return new ArchiveReading.Impossible("its body was never stored");
        }

        // With Waits = 1 the event takes its turn before new ones. An operator's request must not wait behind a flood of new events.
        switch (await reader.InterpretAsync(message with { Waits = 1 }, provider, cancellationToken))
        {
            case BodyReading.Interpreted(var received, var interpreted):
                var confirmation = await provider.ConfirmIfNeededAsync(received, interpreted, asking);
                return confirmation switch
                {
                    // Messages of an unproven event have no effect on the rows of a proven one.
                    Confirmation.Believed(var generation) when row.Assurance.IsProven() && !generation.Assurance.IsProven() =>
                        new ArchiveReading.Impossible($"nothing proves it any more ({generation.Note?.TrimEnd('.')})"),
                    Confirmation.Believed(var generation) =>
                        new ArchiveReading.Read(new ArchivedEvent(provider, AssetOrigin.From(received, generation), hosts.Restrict(generation, provider))),
                    Confirmation.Unfinished or Confirmation.Postponed => throw new HttpRequestException(confirmation.WhyNot),
                    Confirmation.Denied(var reason) => new ArchiveReading.Impossible($"the provider's API denies it ({reason.TrimEnd('.')})"),
                    _ => throw new System.Diagnostics.UnreachableException(confirmation.GetType().Name),
                };

            case BodyReading.Malformed:
                return new ArchiveReading.Impossible("its body is not a JSON object");

            default:
                return new ArchiveReading.Impossible($"its body is not available: blob {message.ClaimCheck} is missing, or holds another body");
        }
    }
}
