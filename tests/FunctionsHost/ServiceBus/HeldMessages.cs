using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;

namespace FunctionsHost.ServiceBus;

/// <summary>The messages of running invocations, by lock token: what a function may settle.</summary>
internal sealed class HeldMessages
{
    private readonly ConcurrentDictionary<string, ProcessMessageEventArgs> _held = new(StringComparer.OrdinalIgnoreCase);

    public void Add(ProcessMessageEventArgs message) => _held[message.Message.LockToken] = message;

    public void Remove(ProcessMessageEventArgs message) => _held.TryRemove(message.Message.LockToken, out _);

    /// <summary>The message with a lock token; null where no invocation has it.</summary>
    public ProcessMessageEventArgs? Find(string lockToken) => _held.GetValueOrDefault(lockToken);
}
