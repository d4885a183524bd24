using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Recording;

/// <summary>What came of reading an event.</summary>
public abstract record EventReading
{
    private EventReading()
    {
    }

    /// <summary>The event can be recorded.</summary>
    /// <param name="Message">The message, of the body that is the event's.</param>
    /// <param name="Received">The event.</param>
    /// <param name="Generation">What it says by its body alone.</param>
    /// <param name="RawBlob">The blob in which its body is.</param>
    /// <param name="Unlisted">What is still to be written to the job's list of its events; null if it was.</param>
    public sealed record Understood(
        EventMessage Message, ReceivedEvent Received, GenerationEvent Generation, string RawBlob, JobEvent? Unlisted = null) : EventReading;

    /// <summary>The event can never be recorded.</summary>
    /// <param name="Message">The message, of the body that is the event's.</param>
    /// <param name="Reason">The dead letter's reason.</param>
    /// <param name="Description">The same in words for a person.</param>
    public sealed record Unreadable(EventMessage Message, DeadLetterReason Reason, string Description) : EventReading;

    /// <summary>Its job, or the event itself, was erased: nothing is kept of it.</summary>
    public sealed record Erased : EventReading;
}
