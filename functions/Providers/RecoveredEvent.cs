using System.Text.Json;
using System.Text.Json.Serialization;
using WebhookFunctions.Model;

namespace WebhookFunctions.Providers;

/// <summary>
/// What a provider's API answered about a job, as the body of an event of its own kind. It goes the same way as a webhook; that nobody
/// sent it stands in its message and on its row, not in the body, which a sender could write too.
/// </summary>
public static class RecoveredEvent
{
    /// <summary>The <see cref="GenerationEvent.EventType"/> of such an event.</summary>
    public const string EventType = "RECOVERED";

    /// <summary>The longest job id that can be recovered: with the status behind it, the webhook id has its own limit.</summary>
    public const int MaxJobIdLength = EventKey.MaxWebhookIdLength - 64;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The key: the same for the same state of a job, however often it is asked for. No sender's event can have it.</summary>
    public static EventKey KeyOf(string provider, string jobId, JobStatus status) =>
        EventKey.Create(EventSpaces.Recovered(provider), $"{jobId}:{status}");

    /// <summary>The event's body.</summary>
    public static BinaryData Write(GenerationEvent generation) => BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(generation, Json));

    /// <summary>The event in a body that <see cref="Write"/> made.</summary>
    public static GenerationEvent Read(JsonElement body)
    {
        try
        {
            return body.Deserialize<GenerationEvent>(Json)! with
            {
                EventType = EventType,
                EventColumns = new Dictionary<string, object>(),
                JobColumns = new Dictionary<string, object>(),
            };
        }
        catch (JsonException)
        {
            return new GenerationEvent { EventType = EventType, Note = "What was recovered cannot be read by this version." };
        }
    }
}
