using WebhookFunctions.Model;

namespace WebhookFunctions.Messaging;

/// <summary>How a message is to be settled.</summary>
public abstract record Settlement
{
    private Settlement()
    {
    }

    /// <summary>Completes the message: its work is done, handed on, or was done before.</summary>
    public sealed record Complete : Settlement;

    /// <summary>Its work cannot be done as things are. A person may remove the cause and replay it.</summary>
    /// <param name="Reason">A <see cref="DeadLetterReason"/>, or the word that a person moved the message with.</param>
    /// <param name="Description">What went wrong, in words for a person, without any query string or secret.</param>
    public sealed record DeadLetter(string Reason, string Description) : Settlement
    {
        /// <inheritdoc cref="DeadLetter(string, string)"/>
        public DeadLetter(DeadLetterReason reason, string description)
            : this(reason.ToString(), description)
        {
        }
    }

    /// <summary>Leaves the message unsettled, for an unavailable broker and a host that stops. It is redelivered when its lock expires.</summary>
    public sealed record LeaveLocked : Settlement;
}
