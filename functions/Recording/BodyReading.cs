using WebhookFunctions.Model;

namespace WebhookFunctions.Recording;

/// <summary>What came of reading the body of a message.</summary>
public abstract record BodyReading
{
    private BodyReading()
    {
    }

    /// <summary>The body was read and interpreted.</summary>
    /// <param name="Received">The event.</param>
    /// <param name="Generation">What it says by its body alone.</param>
    public sealed record Interpreted(ReceivedEvent Received, GenerationEvent Generation) : BodyReading;

    /// <summary>The body is not a JSON object by strict rules.</summary>
    /// <param name="Problem">Why not, in words for a person.</param>
    public sealed record Malformed(string Problem) : BodyReading;

    /// <summary>The blob of the claim check is gone, or holds another body.</summary>
    public sealed record Missing : BodyReading;
}
