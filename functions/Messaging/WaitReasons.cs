using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Messaging;

/// <summary>Reasons that rows give for a wait, as text for an operator.</summary>
public static class WaitReasons
{
    /// <summary>Returns the reason of the wait after an attempt that ended with an exception.</summary>
    public static string AfterFailure(Exception exception) => $"The last attempt ended with {LoggedException.ReasonOf(exception)}.";

    /// <summary>Returns the reason of the wait of a message that stays locked, because its next one could not be sent.</summary>
    public static string NextNotSent(Exception exception) =>
        $"Its next message could not be sent ({LoggedException.ReasonOf(exception)}). The broker redelivers the present one.";
}
