namespace WebhookFunctions.Operations.Maintenance;

/// <summary>Which work has a message on a queue: active, locked or scheduled.</summary>
/// <param name="Work">The keys of the work: <see cref="QueueBacklog.KeyOf(string, string?)"/>.</param>
/// <param name="IsComplete">False if the queue holds more than was looked at, or a message that could not be read: then work that is not listed may have one.</param>
public sealed record QueueContents(IReadOnlySet<string> Work, bool IsComplete)
{
    /// <summary>Whether a message of the work may be on the queue.</summary>
    public bool MayHold(string work) => !IsComplete || Work.Contains(work);
}
