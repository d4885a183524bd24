using WebhookFunctions.Model;

namespace WebhookFunctions.Providers;

/// <summary>What the provider's API said to an event, or why it said nothing.</summary>
public abstract record Confirmation
{
    private Confirmation()
    {
    }

    /// <summary>The event is to be believed as far as its <see cref="GenerationEvent.Assurance"/> goes.</summary>
    public sealed record Believed(GenerationEvent Event) : Confirmation;

    /// <summary>The API does not confirm the event: nothing may be derived from it.</summary>
    /// <param name="Reason">Why, in words for a person.</param>
    public sealed record Denied(string Reason) : Confirmation;

    /// <summary>There is no API, no key for it, or nothing that it could be asked for.</summary>
    /// <param name="Reason">Which of these, in words for a person.</param>
    public sealed record Unaskable(string Reason) : Confirmation;

    /// <summary>The event tells of an end, and the API does not call the job finished: it is to be asked again later.</summary>
    /// <param name="Reason">What is missing, in words for a person.</param>
    public sealed record Unfinished(string Reason) : Confirmation;

    /// <summary>The API was asked too much lately.</summary>
    /// <param name="Turn">The time after which it is this event's turn.</param>
    public sealed record Postponed(TimeSpan Turn) : Confirmation;

    /// <summary>Why the API did not say what became of the job, in words for a person; null where it did.</summary>
    public string? WhyNot => this switch
    {
        Denied(var reason) => reason,
        Unaskable(var reason) => reason,
        Unfinished(var reason) => reason,
        Postponed => "The provider's API was asked too often within the last minute.",
        _ => null,
    };

    /// <summary>The API's own words are <paramref name="generation"/>.</summary>
    public static Confirmation Confirmed(GenerationEvent generation) => new Believed(generation with { Assurance = Assurance.Confirmed });
}
