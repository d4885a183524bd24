using WebhookFunctions.Model;

namespace WebhookFunctions.Messaging;

/// <summary>Instruction that says how to settle a message.</summary>
public abstract record Settlement
{
    private Settlement()
    {
    }

    /// <summary>Completes the message: its work is done, continues in another message, or was done before.</summary>
    public sealed record Complete : Settlement;

    /// <summary>Dead-letters the message: its work cannot succeed at present. An operator may remove the cause and replay it.</summary>
    /// <param name="Reason">A <see cref="DeadLetterReason"/>, or the text with which a person dead-lettered the message.</param>
    /// <param name="Description">What went wrong, as text for an operator, without any query string or secret.</param>
    public sealed record DeadLetter(string Reason, string Description) : Settlement
    {
        /// <inheritdoc cref="DeadLetter(string, string)"/>
        public DeadLetter(DeadLetterReason reason, string description)
            : this(reason.ToString(), description)
        {
        }
    }

    /// <summary>Leaves the message unsettled, because the broker is unavailable or the host is stopping. It is redelivered when its lock
    /// expires.</summary>
    public sealed record LeaveLocked : Settlement;
}
