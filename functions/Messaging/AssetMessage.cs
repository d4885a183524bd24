using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Model;

namespace WebhookFunctions.Messaging;

/// <summary>
/// Message of queue <c>asset-downloads</c> that names one asset to fetch. Only this message carries the link with its query; rows and logs never do.
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
    /// When the asset was first enqueued or replayed, UTC. Time spent waiting without an attempt is added. The deadline is counted from here.
    /// </summary>
    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>
    /// The number of the row of the first asset that this one expands to; 0 if it does not expand (<see cref="AssetSource.Expands"/>). It is fixed
    /// when the event is recorded, so that every expansion assigns the same numbers.
    /// </summary>
    public int FirstExpandedRow { get; init; }

    /// <summary>The number of failed attempts before this one.</summary>
    public int Attempt { get; init; }

    /// <summary>How often the asset had been reopened when the message of its first attempt was sent.</summary>
    public int Reopenings { get; init; }

    /// <summary>How often the attempt continued in another message without having failed.</summary>
    public int Continuation { get; init; }

    /// <summary>The version (ETag) of the asset's row when it was inserted with its event; null if it is not known.</summary>
    public string? RowETag { get; init; }

    /// <summary>Whether the event was the first of its job, so that no other event can have decided the blob's name.</summary>
    public bool IsFirstOfJob { get; init; }

    /// <summary>Whether the recorder sent this message, as opposed to one that continues an attempt, a wait or a replay.</summary>
    [JsonIgnore]
    public bool IsOriginal => Attempt == 0 && Continuation == 0 && ReplayOf is null && Redrive is null && ReplacesETag is null && Reopenings == 0;

    /// <summary>The version (ETag) of the existing blob that a refetch replaces; null if none is to be replaced.</summary>
    public string? ReplacesETag { get; init; }

    /// <summary>The sequence number of the dead letter that this message replays; otherwise null.</summary>
    public long? ReplayOf { get; init; }

    /// <summary>Returns the message that replays this dead letter, beginning with the first attempt.</summary>
    /// <param name="sequenceNumber">The dead letter's sequence number.</param>
    /// <param name="reopenings">How often the asset has been reopened, including this time.</param>
    /// <param name="now">The time, UTC.</param>
    public AssetMessage Replayed(long sequenceNumber, int reopenings, DateTimeOffset now) =>
        AfterWork() with
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

    /// <summary>Returns the message that follows after work on the asset: it no longer waits, and its transient failures are reset.</summary>
    public AssetMessage AfterWork() => this with { TransientFailures = 0, WaitingSince = null, WaitRecordedAt = null };

    /// <summary>Returns the message that re-drives this one, which the broker itself dead-lettered. It continues the same attempt, and its
    /// deadline restarts.</summary>
    public AssetMessage Redriven(Redrive redrive, DateTimeOffset now) => this with { Redrive = redrive, QueuedAt = now };

    /// <summary>The re-drives of the message; null if there were none.</summary>
    public Redrive? Redrive { get; init; }

    /// <summary>How many continuations in a row followed a storage outage or an internal error. The wait grows with the number.</summary>
    public int TransientFailures { get; init; }

    /// <summary>Since when the asset has waited for a slot or for its turn, UTC; null while it does not.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    /// <summary>When the row was last updated to show the wait, UTC; null before that.</summary>
    public DateTimeOffset? WaitRecordedAt { get; init; }

    /// <summary>When the link was first requested, UTC; null before. In the first minutes after it a refusal is retried.</summary>
    public DateTimeOffset? FirstGetAt { get; init; }

    /// <summary>How often the provider's API was asked for a new link.</summary>
    public int Renewals { get; init; }

    /// <summary>When the link was last renewed, UTC; null if it is the event's own link.</summary>
    public DateTimeOffset? RenewedAt { get; init; }

    /// <summary>Returns the message to send. Every attempt and every continuation has a message id of its own.</summary>
    public ServiceBusMessage ToMessage()
    {
        var message = new ServiceBusMessage(BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(this, AssetMessageJson.Default.AssetMessage)))
        {
            MessageId = $"{Event.MessageId}/{Row}{(ReplayOf is { } dead ? $"/p{dead}" : "")}{(Redrive is { } redrive ? $"/d{redrive.SequenceNumber}" : "")}/r{Attempt}.{Continuation}",
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

    /// <summary>Reads as <see cref="Read"/> does, and returns null also if this version does not know a value.</summary>
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

    /// <summary>Returns the asset that a message names, even if this version cannot read the rest of it; null if it names none.</summary>
    public static AssetMessageSubject? FindSubject(ServiceBusReceivedMessage message)
    {
        try
        {
            return JsonSerializer.Deserialize(message.Body, AssetMessageJson.Default.AssetMessageSubject);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads a message; null if the app did not send it.</summary>
    /// <exception cref="UnknownValueException">The app sent it, but this version does not know one of its values.</exception>
    public static AssetMessage? Read(ServiceBusReceivedMessage message)
    {
        try
        {
            return JsonSerializer.Deserialize(message.Body, AssetMessageJson.Default.AssetMessage);
        }
        catch (JsonException exception) when (exception.Path is "$.assurance" or "$.source.kind")
        {
            throw new UnknownValueException(exception.Path);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The part of an <see cref="AssetMessage"/> that names its asset, and that every version of the app writes in the same form.</summary>
public sealed record AssetMessageSubject
{
    /// <inheritdoc cref="AssetMessage.Event"/>
    public required EventKey Event { get; init; }

    /// <inheritdoc cref="AssetMessage.Row"/>
    public required string Row { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(AssetMessage))]
[JsonSerializable(typeof(AssetMessageSubject))]
internal sealed partial class AssetMessageJson : JsonSerializerContext;
