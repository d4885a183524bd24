namespace EmbeddedServiceBus;

/// <summary>Counts of the messages of a queue.</summary>
/// <param name="Active">Active messages, including locked ones, as the service counts.</param>
/// <param name="Scheduled">Messages whose scheduled time has not come.</param>
/// <param name="Deferred">Deferred messages, including locked ones.</param>
/// <param name="Locked">Active or deferred messages that a receiver has locked.</param>
/// <param name="DeadLetters">Messages in the dead-letter queue, in any state. For the path of a dead-letter queue itself: 0.</param>
public readonly record struct QueueCounts(long Active, long Scheduled, long Deferred, long Locked, long DeadLetters);
