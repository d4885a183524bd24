namespace WebhookFunctions.Model;

/// <summary>What the next start of a message's work is, judged by the starts before it that did not end.</summary>
public enum WorkStart
{
    /// <summary>The work may run beside any other.</summary>
    Ordinary,

    /// <summary>The work may be what ends the process. It runs only while no other suspect does.</summary>
    Suspect,

    /// <summary>The work ended the process each time that it ran as the only suspect. Only an operator starts it again.</summary>
    Parked,
}

/// <summary>
/// Judgement of messages whose work ends the process. A crash hits every message that is being worked on, so one more start says little. Which message
/// causes the crashes shows only when suspects run one at a time.
/// </summary>
/// <remarks>
/// Starts are counted on the row and not by the broker. While a worker is being replaced, the Functions host fails each delivery at once, and the
/// broker counts hundreds of deliveries for which no code ran.
/// </remarks>
public static class WorkStarts
{
    /// <summary>How many starts in a row may end with the process before the next one is a suspect's.</summary>
    public const int Ordinary = 4;

    /// <summary>How many starts in a row may end with the process while the message is the only running suspect.</summary>
    public const int AsSuspect = 10;

    /// <summary>Judges the next start.</summary>
    /// <param name="before">How many starts before it neither ended nor made progress.</param>
    public static WorkStart Next(int before) =>
        before < Ordinary ? WorkStart.Ordinary
        : before < Ordinary + AsSuspect ? WorkStart.Suspect
        : WorkStart.Parked;
}
