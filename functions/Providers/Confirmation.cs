using WebhookFunctions.Model;

namespace WebhookFunctions.Providers;

/// <summary>What the provider's API said to an event.</summary>
public sealed record Confirmation
{
    private Confirmation(GenerationEvent? generationEvent, string? denial) => (Event, Denial) = (generationEvent, denial);

    /// <summary>What is so, by the API's word; null where the API denies the event.</summary>
    public GenerationEvent? Event { get; }

    /// <summary>What the API said instead, in words for a person; null where it confirmed.</summary>
    public string? Denial { get; }

    /// <summary>The event is so, as <paramref name="generationEvent"/> tells it.</summary>
    public static Confirmation Confirmed(GenerationEvent generationEvent) => new(generationEvent, null);

    /// <summary>The API knows of no such thing.</summary>
    public static Confirmation Denied(string reason) => new(null, reason);
}
