#nullable disable

namespace Azure.Messaging.ServiceBus;

/// <summary>Messages that are sent together.</summary>
public sealed class ServiceBusMessageBatch : IDisposable
{
    private readonly IList<ServiceBusMessage> _messages;
    private readonly Func<ServiceBusMessage, bool> _fits;

    internal ServiceBusMessageBatch(
        long maxSizeInBytes, long sizeInBytes, IList<ServiceBusMessage> messages, Func<ServiceBusMessage, bool> fits)
    {
        MaxSizeInBytes = maxSizeInBytes;
        SizeInBytes = sizeInBytes;
        _messages = messages;
        _fits = fits;
    }

    public long MaxSizeInBytes { get; }

    public long SizeInBytes { get; }

    public int Count => _messages.Count;

    /// <summary>False if the message does not fit.</summary>
    public bool TryAddMessage(ServiceBusMessage message)
    {
        if (!_fits(message))
        {
            return false;
        }

        _messages.Add(message);
        return true;
    }

    public void Dispose()
    {
    }
}
