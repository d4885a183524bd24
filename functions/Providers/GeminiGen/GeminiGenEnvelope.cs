using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>
/// What stands around an event's data. Documented is <c>{event, uuid, data}</c>, seen is <c>{event_name, event_uuid, data}</c>: either is taken.
/// </summary>
/// <param name="EventId">The event's own id, which the signature covers. It is not the job's: that one is <c>data.uuid</c>.</param>
/// <param name="EventType">The event's name; null where there is none.</param>
public readonly record struct GeminiGenEnvelope(string EventId, string? EventType)
{
    /// <summary>The envelope; null where there is no event id, and where the two spellings say different things.</summary>
    public static GeminiGenEnvelope? TryRead(JsonElement body) =>
        TryReadEither(body, "uuid", "event_uuid", out var id) && TryReadEither(body, "event", "event_name", out var type) && id is not null
            ? new GeminiGenEnvelope(id, type)
            : null;

    private static bool TryReadEither(JsonElement body, string documented, string seen, out string? value)
    {
        var first = body.Text(documented);
        var second = body.Text(seen);
        value = first ?? second;
        return first is null || second is null || first == second;
    }
}
