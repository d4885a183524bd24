#nullable disable

using System.Net;
using System.Net.Security;

namespace Azure.Messaging.ServiceBus;

/// <summary>Options of a <see cref="ServiceBusClient"/>.</summary>
public class ServiceBusClientOptions
{
    private ServiceBusRetryOptions _retryOptions = new();
    private TimeSpan _connectionIdleTimeout = TimeSpan.FromMinutes(1);

    public ServiceBusTransportType TransportType { get; set; } = ServiceBusTransportType.AmqpTcp;

    public IWebProxy WebProxy { get; set; }

    public string Identifier { get; set; }

    public Uri CustomEndpointAddress { get; set; }

    public RemoteCertificateValidationCallback CertificateValidationCallback { get; set; }

    /// <summary>Not negative. The default value is one minute.</summary>
    public TimeSpan ConnectionIdleTimeout
    {
        get => _connectionIdleTimeout;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, nameof(ConnectionIdleTimeout));
            _connectionIdleTimeout = value;
        }
    }

    public ServiceBusRetryOptions RetryOptions
    {
        get => _retryOptions;
        set
        {
            ArgumentNullException.ThrowIfNull(value, nameof(RetryOptions));
            _retryOptions = value;
        }
    }

    public bool EnableCrossEntityTransactions { get; set; }
}

/// <summary>How the client tries again.</summary>
public class ServiceBusRetryOptions
{
    private int _maxRetries = 3;
    private TimeSpan _delay = TimeSpan.FromSeconds(0.8);
    private TimeSpan _maxDelay = TimeSpan.FromMinutes(1);
    private TimeSpan _tryTimeout = TimeSpan.FromMinutes(1);

    public ServiceBusRetryMode Mode { get; set; } = ServiceBusRetryMode.Exponential;

    /// <summary>0 to 100. The default value is 3.</summary>
    public int MaxRetries
    {
        get => _maxRetries;
        set => _maxRetries = InRange(value, 0, 100, nameof(MaxRetries));
    }

    /// <summary>A millisecond to five minutes. The default value is 0.8 seconds.</summary>
    public TimeSpan Delay
    {
        get => _delay;
        set => _delay = InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5), nameof(Delay));
    }

    /// <summary>Not negative. The default value is one minute.</summary>
    public TimeSpan MaxDelay
    {
        get => _maxDelay;
        set => _maxDelay = InRange(value, TimeSpan.Zero, TimeSpan.MaxValue, nameof(MaxDelay));
    }

    /// <summary>The time that one attempt has, at most an hour. The default value is one minute.</summary>
    public TimeSpan TryTimeout
    {
        get => _tryTimeout;
        set
        {
            if (value < TimeSpan.Zero)
            {
                throw new ArgumentException("A timeout must not be negative.", nameof(TryTimeout));
            }

            _tryTimeout = InRange(value, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(TryTimeout));
        }
    }

    /// <summary>Stands in for all the other options, if set.</summary>
    public ServiceBusRetryPolicy CustomRetryPolicy { get; set; }

    private static T InRange<T>(T value, T least, T greatest, string name)
        where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, greatest, name);
        return value;
    }
}

/// <summary>A way of one's own to try again.</summary>
public abstract class ServiceBusRetryPolicy
{
    public abstract TimeSpan CalculateTryTimeout(int attemptCount);

    /// <summary>The delay before the next attempt, or null for none.</summary>
    public abstract TimeSpan? CalculateRetryDelay(Exception lastException, int attemptCount);
}

/// <summary>Options of a <see cref="ServiceBusSender"/>.</summary>
public class ServiceBusSenderOptions
{
    public string Identifier { get; set; }
}

/// <summary>Options of a <see cref="ServiceBusReceiver"/>.</summary>
public class ServiceBusReceiverOptions
{
    private int _prefetchCount;

    /// <summary>Not negative. The default value is 0.</summary>
    public int PrefetchCount
    {
        get => _prefetchCount;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(PrefetchCount));
            _prefetchCount = value;
        }
    }

    public ServiceBusReceiveMode ReceiveMode { get; set; } = ServiceBusReceiveMode.PeekLock;

    public string Identifier { get; set; }

    public SubQueue SubQueue { get; set; } = SubQueue.None;
}

/// <summary>Options of a <see cref="ServiceBusMessageBatch"/>.</summary>
public class CreateMessageBatchOptions
{
    private const long LeastSizeInBytes = 24;

    private long? _maxSizeInBytes;

    /// <summary>At least 24, or null for what the transport allows.</summary>
    public long? MaxSizeInBytes
    {
        get => _maxSizeInBytes;
        set
        {
            if (value is { } size)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(size, LeastSizeInBytes, nameof(MaxSizeInBytes));
            }

            _maxSizeInBytes = value;
        }
    }
}
