#nullable disable

using System.Text;

namespace Azure.Messaging.ServiceBus;

/// <summary>A message to be sent.</summary>
public class ServiceBusMessage
{
    /// <summary>The characters that a message id, a session id and a partition key may have at most.</summary>
    private const int MaxIdLength = 128;

    private ReadOnlyMemory<byte> _body;
    private string _messageId;
    private string _partitionKey;
    private string _transactionPartitionKey;
    private string _sessionId;
    private string _replyToSessionId;
    private TimeSpan? _timeToLive;
    private DateTimeOffset _scheduledEnqueueTime;

    public ServiceBusMessage()
        : this(default(ReadOnlyMemory<byte>))
    {
    }

    /// <summary>The body is the text in UTF-8.</summary>
    public ServiceBusMessage(string body)
        : this(Encoding.UTF8.GetBytes(body))
    {
    }

    /// <summary>The body is the memory itself, not a copy.</summary>
    public ServiceBusMessage(ReadOnlyMemory<byte> body) => _body = body;

    public ServiceBusMessage(BinaryData body)
        : this(body?.ToMemory() ?? default)
    {
    }

    /// <summary>
    /// Copies what a sender can set, but for the scheduled time. What the broker sets stays behind: the delivery count, the lock, the
    /// sequence numbers, the enqueued time, the state, the dead letter source and, of the application properties, the dead letter reason
    /// and description and the diagnostic id.
    /// </summary>
    public ServiceBusMessage(ServiceBusReceivedMessage receivedMessage)
    {
        ArgumentNullException.ThrowIfNull(receivedMessage);
        _body = receivedMessage.Content;
        _messageId = receivedMessage.MessageId;
        _partitionKey = receivedMessage.PartitionKey;
        _transactionPartitionKey = receivedMessage.TransactionPartitionKey;
        _sessionId = receivedMessage.SessionId;
        _replyToSessionId = receivedMessage.ReplyToSessionId;
        _timeToLive = receivedMessage.SetTimeToLive;
        CorrelationId = receivedMessage.CorrelationId;
        Subject = receivedMessage.Subject;
        To = receivedMessage.To;
        ContentType = receivedMessage.ContentType;
        ReplyTo = receivedMessage.ReplyTo;
        foreach (var (name, value) in receivedMessage.Properties)
        {
            if (name is not ("DeadLetterReason" or "DeadLetterErrorDescription" or "Diagnostic-Id"))
            {
                ApplicationProperties.Add(name, value);
            }
        }
    }

    /// <summary>The memory that was given, not a copy.</summary>
    public BinaryData Body
    {
        get => BinaryData.FromBytes(_body);
        set => _body = value?.ToMemory() ?? default;
    }

    /// <summary>1 to 128 characters, or null if never set; duplicate detection goes by it.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    /// <exception cref="ArgumentException">Set to the empty string.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Set to more than 128 characters.</exception>
    public string MessageId
    {
        get => _messageId;
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            _messageId = NotTooLong(value);
        }
    }

    /// <summary>At most 128 characters; the <see cref="SessionId"/>, if there is one.</summary>
    public string PartitionKey
    {
        get => _partitionKey;
        set
        {
            NotTooLong(value);
            if (SessionId is not null && SessionId != value)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(value), $"The partition key '{value}' differs from the session id '{SessionId}'.");
            }

            _partitionKey = value;
        }
    }

    /// <summary>At most 128 characters.</summary>
    public string TransactionPartitionKey
    {
        get => _transactionPartitionKey;
        set => _transactionPartitionKey = NotTooLong(value);
    }

    /// <summary>At most 128 characters; a different <see cref="PartitionKey"/> gives way to it.</summary>
    public string SessionId
    {
        get => _sessionId;
        set
        {
            _sessionId = NotTooLong(value);
            if (PartitionKey is not null && PartitionKey != value)
            {
                PartitionKey = value;
            }
        }
    }

    /// <summary>At most 128 characters.</summary>
    public string ReplyToSessionId
    {
        get => _replyToSessionId;
        set => _replyToSessionId = NotTooLong(value);
    }

    /// <summary>More than zero; <see cref="TimeSpan.MaxValue"/> if never set, and then the queue's own holds.</summary>
    public TimeSpan TimeToLive
    {
        get => _timeToLive ?? TimeSpan.MaxValue;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            _timeToLive = value;
        }
    }

    public string CorrelationId { get; set; }

    public string Subject { get; set; }

    public string To { get; set; }

    public string ContentType { get; set; }

    public string ReplyTo { get; set; }

    /// <summary>When receivers may see the message, in UTC; the default value means at once.</summary>
    public DateTimeOffset ScheduledEnqueueTime
    {
        get => _scheduledEnqueueTime;
        set => _scheduledEnqueueTime = value.ToUniversalTime();
    }

    /// <summary>Values are numbers, strings, booleans, dates, spans of time, URIs and GUIDs; anything else fails when it is sent.</summary>
    public IDictionary<string, object> ApplicationProperties { get; } = new Dictionary<string, object>();

    public override string ToString() => $"{{MessageId:{MessageId}}}";

    private static string NotTooLong(string value) => value is { Length: > MaxIdLength }
        ? throw new ArgumentOutOfRangeException(nameof(value), $"{value.Length} characters are more than {MaxIdLength}.")
        : value;
}
