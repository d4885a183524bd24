namespace EmbeddedServiceBus;

/// <summary>How many messages a queue holds.</summary>
/// <param name="Active">Active messages, the locked ones among them, as the service counts.</param>
/// <param name="Scheduled">Messages whose time has not come.</param>
/// <param name="Deferred">Messages set aside, the locked ones among them.</param>
/// <param name="Locked">Messages, active or deferred, that a receiver holds.</param>
/// <param name="DeadLetters">Messages in the dead-letter queue, in any state. For the path of a dead-letter queue itself: 0.</param>
public readonly record struct QueueCounts(long Active, long Scheduled, long Deferred, long Locked, long DeadLetters);
