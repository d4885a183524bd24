using WebhookFunctions.Model;

namespace WebhookFunctions.Providers;

/// <summary>What the provider's API said to an event, or why it said nothing. Exactly one of the properties is set.</summary>
public sealed record Confirmation
{
    private Confirmation()
    {
    }

    /// <summary>What is so, and how far that is proven; null where nothing may be derived from the event.</summary>
    public GenerationEvent? Event { get; private init; }

    /// <summary>Why the API does not confirm the event, in words for a person.</summary>
    public string? Denial { get; private init; }

    /// <summary>Why the API cannot be asked about the event, in words for a person.</summary>
    public string? Unasked { get; private init; }

    /// <summary>What the API does not say yet, in words for a person: it is asked again later.</summary>
    public string? Unfinished { get; private init; }

    /// <summary>After which time it is the event's turn to be asked about.</summary>
    public TimeSpan? Turn { get; private init; }

    /// <summary>The API's own words are <paramref name="generationEvent"/>.</summary>
    public static Confirmation Confirmed(GenerationEvent generationEvent) =>
        new() { Event = generationEvent with { Assurance = Assurance.Confirmed } };

    /// <summary>The event stands as it is, proven or not.</summary>
    public static Confirmation AsItIs(GenerationEvent generationEvent) => new() { Event = generationEvent };

    /// <summary>The API knows of no such thing.</summary>
    public static Confirmation Denied(string reason) => new() { Denial = reason };

    /// <summary>There is no API, no key for it, or nothing that it could be asked for.</summary>
    public static Confirmation CannotAsk(string reason) => new() { Unasked = reason };

    /// <summary>The event tells of an end, and the API does not call the job finished.</summary>
    public static Confirmation NotYet(string reason) => new() { Unfinished = reason };

    /// <summary>Too much was asked lately.</summary>
    public static Confirmation After(TimeSpan turn) => new() { Turn = turn };
}
