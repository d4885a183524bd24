using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;

namespace FunctionsHost.ServiceBus;

/// <summary>Messages of running invocations, by lock token, which a function may settle.</summary>
internal sealed class HeldMessages
{
    private readonly ConcurrentDictionary<string, ProcessMessageEventArgs> _held = new(StringComparer.OrdinalIgnoreCase);

    public void Add(ProcessMessageEventArgs message) => _held[message.Message.LockToken] = message;

    public void Remove(ProcessMessageEventArgs message) => _held.TryRemove(message.Message.LockToken, out _);

    /// <summary>Returns the message with a lock token; null if no invocation holds it.</summary>
    public ProcessMessageEventArgs? Find(string lockToken) => _held.GetValueOrDefault(lockToken);
}
