using System.Text.Json;
using System.Text.Json.Serialization;
using WebhookFunctions.Model;

namespace WebhookFunctions.Providers;

/// <summary>
/// Event made from what a provider's API answered about a job. It is processed like a webhook. Its message and its row, not its body, say that
/// no sender sent it, because a sender could write that into a body.
/// </summary>
public static class RecoveredEvent
{
    /// <summary>The <see cref="GenerationEvent.EventType"/> of such an event.</summary>
    public const string EventType = "RECOVERED";

    /// <summary>The longest job id that can be recovered. With the status appended, it must fit into a webhook id.</summary>
    public const int MaxJobIdLength = EventKey.MaxWebhookIdLength - 64;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Returns the event's key. It is the same for the same state of a job, however often it is recovered, and no sender's event can have
    /// it.</summary>
    public static EventKey KeyOf(string provider, string jobId, JobStatus status) =>
        EventKey.Create(EventSpaces.Recovered(provider), $"{jobId}:{status}");

    /// <summary>Returns the event's body.</summary>
    public static BinaryData Write(GenerationEvent generation) => BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(generation, Json));

    /// <summary>Reads the event in a body that <see cref="Write"/> made.</summary>
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
            return new GenerationEvent { EventType = EventType, Note = "This version cannot read the recovered event." };
        }
    }
}
