using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>
/// Envelope of an event's data. <c>{event, uuid, data}</c> is documented, and <c>{event_name, event_uuid, data}</c> was observed; both are accepted.
/// </summary>
/// <param name="EventId">The event's own id, which the signature covers. It is not the job's: that one is <c>data.uuid</c>.</param>
/// <param name="EventType">The event's name; null if there is none.</param>
public readonly record struct GeminiGenEnvelope(string EventId, string? EventType)
{
    /// <summary>Reads the envelope. Returns null if there is no event id, or if the two spellings contradict each other.</summary>
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
