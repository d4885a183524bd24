using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Model;

namespace WebhookFunctions.Messaging;

/// <summary>
/// A message of queue <c>asset-downloads</c>: one asset to fetch. It alone carries the link with its query; rows and logs never do.
/// </summary>
public sealed record AssetMessage
{
    /// <summary>The event that the asset belongs to.</summary>
    public required EventKey Event { get; init; }

    /// <summary>The asset's row in the event's partition.</summary>
    public required string Row { get; init; }

    /// <summary>The job, for the blob's name.</summary>
    [JsonConverter(typeof(AnyTextConverter))]
    public required string JobId { get; init; }

    public required AssetSource Source { get; init; }

    /// <summary>How far the link is proven.</summary>
    public required Assurance Assurance { get; init; }

    /// <summary>When the webhook was received, UTC.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>
    /// When the asset was first put on the queue, or replayed, UTC, and later by what it waited without an attempt: from here its time to be fetched
    /// is counted.
    /// </summary>
    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>
    /// The number of the row of the first asset that this one names; where it names none (<see cref="AssetSource.Expands"/>), 0.
    /// Fixed when the event is recorded, so that every expansion comes out alike.
    /// </summary>
    public int FirstExpandedRow { get; init; }

    /// <summary>How many failed attempts came before this one.</summary>
    public int Attempt { get; init; }

    /// <summary>How often the asset had been opened again when the message of its first attempt was sent.</summary>
    public int Reopenings { get; init; }

    /// <summary>How often the attempt continued in another message without having failed.</summary>
    public int Continuation { get; init; }

    /// <summary>The version (ETag) of the asset's row when it was inserted with its event; null where it is not known.</summary>
    public string? RowETag { get; init; }

    /// <summary>Whether the event was the first of its job: then no other event has decided the blob's name before.</summary>
    public bool IsFirstOfJob { get; init; }

    /// <summary>Whether this is the message that the recorder sent, and not one that follows from an attempt, a wait or a replay.</summary>
    [JsonIgnore]
    public bool IsOriginal => Attempt == 0 && Continuation == 0 && ReplayOf is null && Redrive is null && ReplacesETag is null && Reopenings == 0;

    /// <summary>The version (ETag) of the existing blob that a refetch replaces; null if none is to be replaced.</summary>
    public string? ReplacesETag { get; init; }

    /// <summary>The sequence number of the dead letter that was replayed; null where none was.</summary>
    public long? ReplayOf { get; init; }

    /// <summary>Returns the message that replaces this one, which is a dead letter, and begins with the first attempt.</summary>
    /// <param name="sequenceNumber">The dead letter's.</param>
    /// <param name="reopenings">How often the asset has been opened again, this time too.</param>
    /// <param name="now">The time, UTC.</param>
    public AssetMessage Replayed(long sequenceNumber, int reopenings, DateTimeOffset now) =>
        Worked() with
        {
            Reopenings = reopenings,
            ReplayOf = sequenceNumber,
            QueuedAt = now,
            Attempt = 0,
            Continuation = 0,
            FirstGetAt = null,
            Renewals = 0,
            RenewedAt = null,
            Redrive = null,
        };

    /// <summary>Returns the message that continues after the asset was worked on: it waits no longer, and no failure of storage or of the app is counted.</summary>
    public AssetMessage Worked() => this with { TransientFailures = 0, WaitingSince = null, WaitNotedAt = null };

    /// <summary>Returns the message that replaces this one, which the broker itself dead-lettered, and continues the same attempt.</summary>
    public AssetMessage Redriven(Redrive redrive, DateTimeOffset now) => this with { Redrive = redrive, QueuedAt = now };

    /// <summary>How the message was sent again after the broker had dead-lettered it; null where it was not.</summary>
    public Redrive? Redrive { get; init; }

    /// <summary>How many continuations in a row followed an unavailable storage or an error of the app. The wait grows with it.</summary>
    public int TransientFailures { get; init; }

    /// <summary>Since when the asset has waited for a slot or for its turn, UTC; null while it does not.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    /// <summary>When the row last said that the asset waits, UTC; null where it has not yet.</summary>
    public DateTimeOffset? WaitNotedAt { get; init; }

    /// <summary>When the link was first asked for, UTC; null before. A refusal means something else in the first minutes than later.</summary>
    public DateTimeOffset? FirstGetAt { get; init; }

    /// <summary>How often the provider's API was asked for a new link.</summary>
    public int Renewals { get; init; }

    /// <summary>When the link was last renewed, UTC; null where it is the event's own.</summary>
    public DateTimeOffset? RenewedAt { get; init; }

    /// <summary>The message to send. Every attempt and every continuation has an id of its own.</summary>
    public ServiceBusMessage ToMessage()
    {
        var message = new ServiceBusMessage(BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(this, AssetMessageJson.Default.AssetMessage)))
        {
            MessageId = $"{Event.MessageId}/{Row}{(ReplayOf is { } dead ? $"/p{dead}" : "")}{(Redrive is { } redrive ? $"/d{redrive.Of}" : "")}/r{Attempt}.{Continuation}",
            ContentType = "application/json",
        };
        var properties = message.ApplicationProperties;
        properties[MessageProperties.Provider] = Event.Provider;
        properties[MessageProperties.WebhookId] = Event.WebhookId;
        properties[MessageProperties.Asset] = Row;
        properties[MessageProperties.Attempt] = Attempt;
        MessageTracing.Inject(properties);
        return message;
    }

    /// <summary>As <see cref="Read"/>; null also where this version does not know a value.</summary>
    public static AssetMessage? TryRead(ServiceBusReceivedMessage message)
    {
        try
        {
            return Read(message);
        }
        catch (UnknownValueException)
        {
            return null;
        }
    }

    /// <summary>Reads a message; null where it is none of ours.</summary>
    /// <exception cref="UnknownValueException">It is ours, and this version does not know a value of it.</exception>
    public static AssetMessage? Read(ServiceBusReceivedMessage message)
    {
        try
        {
            return JsonSerializer.Deserialize(message.Body, AssetMessageJson.Default.AssetMessage);
        }
        catch (JsonException unknown) when (unknown.Path is "$.assurance" or "$.source.kind")
        {
            throw new UnknownValueException(unknown.Path);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(AssetMessage))]
internal sealed partial class AssetMessageJson : JsonSerializerContext;
