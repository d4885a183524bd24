using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Model;

namespace WebhookFunctions.Messaging;

/// <summary>Message of queue <c>job-notifications</c> that names one notification for one target. Its content is on the event's rows.</summary>
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

    /// <summary>The number of failed attempts before this one.</summary>
    public int Attempt { get; init; }

    /// <summary>How often the notification had been replayed when the message of its first attempt was sent.</summary>
    public int Reopenings { get; init; }

    /// <summary>How often the attempt was postponed: storage was unavailable, or this version did not know a value.</summary>
    public int Waits { get; init; }

    /// <summary>The sequence number of the dead letter that this message replays; otherwise null.</summary>
    public long? ReplayOf { get; init; }

    /// <summary>The re-drives of the message; null if there were none.</summary>
    public Redrive? Redrive { get; init; }

    /// <summary>Returns the message that replays this dead letter, beginning with the first attempt.</summary>
    /// <param name="sequenceNumber">The dead letter's sequence number.</param>
    /// <param name="reopenings">How often the notification has been replayed, including this time.</param>
    public NotificationMessage Replayed(long sequenceNumber, int reopenings) =>
        this with { Attempt = 0, Waits = 0, Reopenings = reopenings, ReplayOf = sequenceNumber, Redrive = null };

    /// <summary>Returns the message to send. The queue has no duplicate detection: the notification's row decides whether there is work.</summary>
    public ServiceBusMessage ToMessage()
    {
        var message = new ServiceBusMessage(
            BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(this, NotificationMessageJson.Default.NotificationMessage)))
        {
            MessageId = $"{NotificationId}/{Target}{(ReplayOf is { } dead ? $"/p{dead}" : "")}{(Redrive is { } redrive ? $"/d{redrive.SequenceNumber}" : "")}/r{Attempt}.{Waits}",
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

    /// <summary>Reads a message; null if the app did not send it.</summary>
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
