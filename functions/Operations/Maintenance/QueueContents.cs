namespace WebhookFunctions.Operations.Maintenance;

/// <summary>Content of a queue: the work that has an active, locked or scheduled message.</summary>
/// <param name="Work">The keys of the work: <see cref="QueueBacklog.KeyOf(string, string?)"/>.</param>
/// <param name="IsComplete">False if the queue holds more messages than were peeked, or one of the app that names no work. Work that is not listed may
/// then have a message.</param>
public sealed record QueueContents(IReadOnlySet<string> Work, bool IsComplete)
{
    /// <summary>Returns whether the queue may hold a message of the work.</summary>
    public bool MayHold(string work) => !IsComplete || Work.Contains(work);
}
