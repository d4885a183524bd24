using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Model;

namespace WebhookFunctions.Messaging;

/// <summary>A message of queue <c>job-notifications</c>: one notification for one target. What it says stands on the event's rows.</summary>
public sealed record NotificationMessage
{
    /// <summary>The event that ended.</summary>
    public required EventKey Event { get; init; }

    /// <summary>The notification's row in the event's partition.</summary>
    public required string Row { get; init; }

    /// <summary>The job, so that an erasure finds its dead letters.</summary>
    [JsonConverter(typeof(AnyTextConverter))]
    public required string JobId { get; init; }

    /// <summary>The id that every delivery carries.</summary>
    public required string NotificationId { get; init; }

    /// <summary>The target's name.</summary>
    public required string Target { get; init; }

    /// <summary>How many failed attempts came before this one.</summary>
    public int Attempt { get; init; }

    /// <summary>How often the notification had been replayed when the message of its first attempt was sent.</summary>
    public int Reopenings { get; init; }

    /// <summary>How often the attempt was put off without being made: storage was unavailable, or this version did not know a value.</summary>
    public int Waits { get; init; }

    /// <summary>The sequence number of the dead letter that was replayed; null where none was.</summary>
    public long? ReplayOf { get; init; }

    /// <summary>How the message was sent again after the broker had dead-lettered it; null where it was not.</summary>
    public Redrive? Redrive { get; init; }

    /// <summary>Returns the message that replaces this one, which is a dead letter, and begins with the first attempt.</summary>
    /// <param name="sequenceNumber">The dead letter's.</param>
    /// <param name="reopenings">How often the notification has been replayed, this time too.</param>
    public NotificationMessage Replayed(long sequenceNumber, int reopenings) =>
        this with { Attempt = 0, Waits = 0, Reopenings = reopenings, ReplayOf = sequenceNumber, Redrive = null };

    /// <summary>The message to send. The queue has no duplicate detection: the notification's row is the truth.</summary>
    public ServiceBusMessage ToMessage()
    {
        var message = new ServiceBusMessage(
            BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(this, NotificationMessageJson.Default.NotificationMessage)))
        {
            MessageId = $"{NotificationId}/{Target}{(ReplayOf is { } dead ? $"/p{dead}" : "")}{(Redrive is { } redrive ? $"/d{redrive.Of}" : "")}/r{Attempt}.{Waits}",
            ContentType = "application/json",
        };
        var properties = message.ApplicationProperties;
        properties[MessageProperties.Provider] = Event.Provider;
        properties[MessageProperties.WebhookId] = Event.WebhookId;
        properties[MessageProperties.Target] = Target;
        properties[MessageProperties.Attempt] = Attempt;
        MessageTracing.Inject(properties);
        return message;
    }

    /// <summary>Reads a message; null where it is none of ours.</summary>
    public static NotificationMessage? Read(ServiceBusReceivedMessage message)
    {
        try
        {
            return JsonSerializer.Deserialize(message.Body, NotificationMessageJson.Default.NotificationMessage);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NotificationMessage))]
internal sealed partial class NotificationMessageJson : JsonSerializerContext;
