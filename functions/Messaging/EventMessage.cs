using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Model;

namespace WebhookFunctions.Messaging;

/// <summary>Message of queue <c>webhook-events</c> that carries a webhook's raw body and what its verification established.</summary>
public sealed record EventMessage
{
    private const string RedriveSuffix = "/d";

    private string? _bodySha256;

    public required EventKey Key { get; init; }

    public required SignatureCoverage Coverage { get; init; }

    /// <inheritdoc cref="ReceivedEvent.HasToken"/>
    public bool HasToken { get; init; }

    /// <inheritdoc cref="ReceivedEvent.IsSharedKey"/>
    public bool IsSharedKey { get; init; }

    /// <summary>When the webhook was received, UTC.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The raw body, byte for byte; empty if <see cref="ClaimCheck"/> names its blob.</summary>
    public required BinaryData Body
    {
        get;
        init => (field, _bodySha256) = (value, null);
    }

    /// <summary>The SHA-256 of the body, in lower-case hex. With a <see cref="ClaimCheck"/> it is that of the body in the blob.</summary>
    public string BodySha256
    {
        get => _bodySha256 ??= Convert.ToHexStringLower(SHA256.HashData(Body));
        init => _bodySha256 = value;
    }

    public string? ContentType { get; init; }

    /// <summary>The blob in container <c>raw-events</c> that holds a body too large for a message.</summary>
    public string? ClaimCheck { get; init; }

    /// <summary>Whether the event came from the provider's API and not from a webhook.</summary>
    public bool IsRecovered { get; init; }

    /// <summary>A digest of the token that signed the event, if one token can sign many events; otherwise null.</summary>
    public string? Credential { get; init; }

    /// <summary>Whether an operator refetches an event that had ended.</summary>
    public bool IsRefetch { get; init; }

    /// <summary>How often the event was scheduled again without an attempt: its turn had not come, or this version did not know a value.</summary>
    public int Waits { get; init; }

    /// <summary>The number of attempts before this one, since the webhook was received or replayed.</summary>
    public int Attempt { get; init; }

    /// <summary>
    /// When the first attempt failed, UTC; null before. Time spent waiting without an attempt is added. <see cref="RetrySchedule.RetryFor"/> is
    /// counted from here.
    /// </summary>
    public DateTimeOffset? FirstAttemptAt { get; init; }

    /// <summary>
    /// The common prefix of the message ids of all attempts: the key's message id, and in a replay a suffix for that replay. Without the suffix,
    /// duplicate detection would discard the replay's retries.
    /// </summary>
    public string? MessageIdPrefix { get; init; }

    /// <summary>Gets the metadata of the body that came with its request.</summary>
    public EventReceipt Receipt => new(BodySha256, Coverage, HasToken, IsSharedKey, ReceivedAt);

    /// <summary>Returns the message of the same event that refers to its body in <paramref name="blob"/>, described by
    /// <paramref name="receipt"/>.</summary>
    public EventMessage WithClaimCheck(string blob, EventReceipt receipt) => this with
    {
        Body = BinaryData.Empty,
        BodySha256 = receipt.BodySha256,
        ClaimCheck = blob,
        Coverage = receipt.Coverage,
        HasToken = receipt.HasToken,
        IsSharedKey = receipt.IsSharedKey,
        ReceivedAt = receipt.ReceivedAt,
    };

    /// <summary>
    /// Returns the message that replays this dead letter, beginning with the first attempt. Its id contains the dead letter's sequence number, so a
    /// second replay of the same dead letter is dropped as a duplicate.
    /// </summary>
    public EventMessage Replayed(long sequenceNumber) =>
        this with { Attempt = 0, Waits = 0, FirstAttemptAt = null, Redrive = null, MessageIdPrefix = string.Create(CultureInfo.InvariantCulture, $"{Key.MessageId}/p{sequenceNumber}") };

    /// <summary>The re-drives of the message; null if there were none.</summary>
    public Redrive? Redrive { get; init; }

    /// <summary>Returns the message that re-drives this one, which the broker itself dead-lettered. It continues the same attempt, and its deadline
    /// restarts, because up to 14 days on the queue were no attempts.</summary>
    public EventMessage Redriven(Redrive redrive)
    {
        var prefix = MessageIdPrefix ?? Key.MessageId;
        var suffixStart = prefix.LastIndexOf(RedriveSuffix, StringComparison.Ordinal);
        return this with
        {
            Redrive = redrive,
            FirstAttemptAt = null,
            MessageIdPrefix = string.Create(CultureInfo.InvariantCulture, $"{(suffixStart < 0 ? prefix : prefix[..suffixStart])}{RedriveSuffix}{redrive.SequenceNumber}"),
        };
    }

    /// <summary>Returns the event in the message, given its <paramref name="body"/> as JSON.</summary>
    public ReceivedEvent ToReceived(JsonElement body) => new(Key, Coverage, ReceivedAt, body, IsRecovered)
    {
        HasToken = HasToken,
        IsSharedKey = IsSharedKey,
        Credential = Credential,
        Waits = Waits,
        BodySha256 = BodySha256,
    };

    /// <summary>
    /// Returns the message to send. A later attempt has an id of its own, because a send whose id is in the duplicate detection window reports
    /// success and is dropped.
    /// </summary>
    public ServiceBusMessage ToMessage()
    {
        var message = new ServiceBusMessage(Body)
        {
            MessageId = (MessageIdPrefix ?? Key.MessageId) + (Waits > 0 ? $"/r{Attempt}.{Waits}" : Attempt > 0 ? $"/r{Attempt}" : ""),
            ContentType = ContentType,
        };
        var properties = message.ApplicationProperties;
        properties[MessageProperties.Provider] = Key.Provider;
        properties[MessageProperties.Space] = Key.Space;
        properties[MessageProperties.WebhookId] = Key.WebhookId;
        properties[MessageProperties.ReceivedAt] = Write(ReceivedAt);
        properties[MessageProperties.Coverage] = Coverage.ToString();
        properties[MessageProperties.BodySha256] = BodySha256;
        if (Key.WebhookId.Contains('\uFFFD', StringComparison.Ordinal))
        {
            properties[MessageProperties.WebhookKey] = Key.PartitionKey;
        }

        if (HasToken)
        {
            properties[MessageProperties.Token] = true;
        }

        if (IsSharedKey)
        {
            properties[MessageProperties.SharedKey] = true;
        }

        if (ClaimCheck is not null)
        {
            properties[MessageProperties.ClaimCheck] = ClaimCheck;
        }

        if (IsRecovered)
        {
            properties[MessageProperties.Recovered] = true;
        }

        if (Credential is not null)
        {
            properties[MessageProperties.Credential] = Credential;
        }

        if (IsRefetch)
        {
            properties[MessageProperties.Refetch] = true;
        }

        if (Waits > 0)
        {
            properties[MessageProperties.Waits] = Waits;
        }

        if (Attempt > 0)
        {
            properties[MessageProperties.Attempt] = Attempt;
        }

        if (Redrive is { } redrive)
        {
            properties[MessageProperties.Redrives] = redrive.Count;
            properties[MessageProperties.RedrivenSince] = Write(redrive.Since);
            properties[MessageProperties.RedriveOf] = redrive.SequenceNumber;
        }

        if (FirstAttemptAt is { } firstAttemptAt)
        {
            properties[MessageProperties.FirstAttemptAt] = Write(firstAttemptAt);
        }

        MessageTracing.Inject(properties);
        return message;
    }

    /// <summary>Reads as <see cref="Read"/> does, and returns null also if this version does not know a value.</summary>
    public static EventMessage? TryRead(ServiceBusReceivedMessage message)
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

    /// <summary>Returns the event that a message names, even if this version cannot read the rest of it; null if it names none.</summary>
    public static EventKey? FindKey(ServiceBusReceivedMessage message)
    {
        var properties = message.ApplicationProperties;
        if (properties.Text(MessageProperties.Space) is not { } space || properties.Text(MessageProperties.WebhookId) is not { } webhookId)
        {
            return null;
        }

        return properties.Text(MessageProperties.WebhookKey) is { } partitionKey
            ? EventKey.FromPartitionKey(webhookId, partitionKey)
            : EventKey.Create(space, webhookId);
    }

    /// <summary>Reads a message; null if the app did not send it.</summary>
    /// <exception cref="UnknownValueException">The app sent it, but this version does not know one of its values.</exception>
    public static EventMessage? Read(ServiceBusReceivedMessage message)
    {
        var properties = message.ApplicationProperties;
        if (properties.Text(MessageProperties.Provider) is null
            || FindKey(message) is not { } key
            || ReadTime(properties.Text(MessageProperties.ReceivedAt)) is not { } receivedAt
            || properties.Text(MessageProperties.Coverage) is not { } coverage
            || properties.Text(MessageProperties.BodySha256) is not { } bodySha256
            || message.MessageId is not { } messageId)
        {
            return null;
        }

        var retry = messageId.LastIndexOf("/r", StringComparison.Ordinal);
        return new EventMessage
        {
            Key = key,
            Coverage = KnownValue.Parse<SignatureCoverage>(coverage),
            ReceivedAt = receivedAt,
            Body = message.Body,
            BodySha256 = bodySha256,
            ContentType = message.ContentType,
            ClaimCheck = properties.Text(MessageProperties.ClaimCheck),
            HasToken = properties.IsTrue(MessageProperties.Token),
            IsSharedKey = properties.IsTrue(MessageProperties.SharedKey),
            IsRecovered = properties.IsTrue(MessageProperties.Recovered),
            Credential = properties.Text(MessageProperties.Credential),
            IsRefetch = properties.IsTrue(MessageProperties.Refetch),
            Waits = properties.Count(MessageProperties.Waits),
            MessageIdPrefix = retry < 0 ? messageId : messageId[..retry],
            Attempt = properties.Count(MessageProperties.Attempt),
            FirstAttemptAt = ReadTime(properties.Text(MessageProperties.FirstAttemptAt)),
            Redrive = properties.Count(MessageProperties.Redrives) is > 0 and var redrives
                && ReadTime(properties.Text(MessageProperties.RedrivenSince)) is { } since
                && properties.TryGetValue(MessageProperties.RedriveOf, out var redriveOf) && redriveOf is long sequenceNumber
                ? new Redrive(redrives, since, sequenceNumber)
                : null,
        };
    }

    private static string Write(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset? ReadTime(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime() : null;
}
