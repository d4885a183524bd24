namespace WebhookFunctions.Model;

/// <summary>Kind of a message's next start, determined by the earlier starts that did not end.</summary>
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
/// Rules for messages whose work ends the process. A crash affects every message in progress, so one more start proves little. Only when suspects
/// run one at a time does it become clear which message causes the crashes.
/// </summary>
/// <remarks>
/// Starts are counted on the row and not by the broker. While a worker is being replaced, the Functions host fails each delivery at once, and the
/// broker counts hundreds of deliveries without a start.
/// </remarks>
public static class WorkStarts
{
    /// <summary>The number of consecutive starts that may end with the process before the message is a suspect.</summary>
    public const int Ordinary = 4;

    /// <summary>The number of consecutive starts that may end with the process while the message is the only running suspect.</summary>
    public const int AsSuspect = 10;

    /// <summary>Returns the kind of the next start.</summary>
    /// <param name="before">The number of consecutive earlier starts that neither ended nor made progress.</param>
    public static WorkStart Next(int before) =>
        before < Ordinary ? WorkStart.Ordinary
        : before < Ordinary + AsSuspect ? WorkStart.Suspect
        : WorkStart.Parked;
}
