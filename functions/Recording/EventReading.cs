using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Recording;

/// <summary>The result of reading an event.</summary>
public abstract record EventReading
{
    private EventReading()
    {
    }

    /// <summary>The event can be recorded.</summary>
    /// <param name="Message">The message, with the body that counts as the event's.</param>
    /// <param name="Received">The event.</param>
    /// <param name="Generation">The content of the body, before any confirmation.</param>
    /// <param name="RawBlob">The blob that holds the body.</param>
    /// <param name="Unlisted">The entry that the caller has to add to the job's list of events; null if it was added.</param>
    public sealed record Interpreted(
        EventMessage Message, ReceivedEvent Received, GenerationEvent Generation, string RawBlob, JobEvent? Unlisted = null) : EventReading;

    /// <summary>The event cannot be recorded, now or later.</summary>
    /// <param name="Message">The message, with the body that counts as the event's.</param>
    /// <param name="Reason">The dead letter's reason.</param>
    /// <param name="Description">The same as text for an operator.</param>
    public sealed record Unreadable(EventMessage Message, DeadLetterReason Reason, string Description) : EventReading;

    /// <summary>The event or its job was erased. Nothing is kept of it.</summary>
    public sealed record Erased : EventReading;
}
