namespace WebhookFunctions.Messaging;

/// <summary>How a message is to be settled.</summary>
public abstract record Settlement
{
    private Settlement()
    {
    }

    /// <summary>Its work is done, handed on, or was done before.</summary>
    public sealed record Complete : Settlement;

    /// <summary>It can't be done as things are; a person may mend the cause and replay it.</summary>
    /// <param name="Reason">One word, the same for every case of its kind.</param>
    /// <param name="Description">What went wrong, in words for a person, without any query string or secret.</param>
    public sealed record DeadLetter(string Reason, string Description) : Settlement;

    /// <summary>Not settled: it comes back when its lock expires. For when the broker itself is away, and for a host that is stopping.</summary>
    public sealed record Leave : Settlement;

    public static readonly Settlement Completed = new Complete();

    public static readonly Settlement Left = new Leave();
}
