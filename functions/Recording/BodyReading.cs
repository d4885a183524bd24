using WebhookFunctions.Model;

namespace WebhookFunctions.Recording;

/// <summary>The result of reading the body of a message.</summary>
public abstract record BodyReading
{
    private BodyReading()
    {
    }

    /// <summary>The body was read and interpreted.</summary>
    /// <param name="Received">The event.</param>
    /// <param name="Generation">The content of the body, before any confirmation.</param>
    public sealed record Interpreted(ReceivedEvent Received, GenerationEvent Generation) : BodyReading;

    /// <summary>The body is not a JSON object by the strict rules.</summary>
    /// <param name="Problem">Why not, as text for an operator.</param>
    public sealed record Malformed(string Problem) : BodyReading;

    /// <summary>The blob of the claim check does not exist, or holds another body.</summary>
    public sealed record Missing : BodyReading;
}
