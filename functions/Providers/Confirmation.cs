using WebhookFunctions.Model;

namespace WebhookFunctions.Providers;

/// <summary>Outcome of asking a provider's API about an event.</summary>
public abstract record Confirmation
{
    private Confirmation()
    {
    }

    /// <summary>The event is believed as far as its <see cref="GenerationEvent.Assurance"/> says.</summary>
    public sealed record Believed(GenerationEvent Event) : Confirmation;

    /// <summary>The API does not confirm the event, so nothing may be derived from it.</summary>
    /// <param name="Reason">The reason, as text for an operator.</param>
    public sealed record Denied(string Reason) : Confirmation;

    /// <summary>The API cannot be asked: there is none, its key is not set, or the event does not name its job.</summary>
    /// <param name="Reason">The reason, as text for an operator.</param>
    public sealed record Unsupported(string Reason) : Confirmation;

    /// <summary>The event reports a final state, but the API does not report the job as finished. It has to be asked again later.</summary>
    /// <param name="Reason">What is missing, as text for an operator.</param>
    public sealed record Unfinished(string Reason) : Confirmation;

    /// <summary>The API was called too often recently.</summary>
    /// <param name="Turn">The time until this event's turn.</param>
    public sealed record Postponed(TimeSpan Turn) : Confirmation;

    /// <summary>Why the API did not report the job's result, as text for an operator; null if it did.</summary>
    public string? WhyNot => this switch
    {
        Denied(var reason) => reason,
        Unsupported(var reason) => reason,
        Unfinished(var reason) => reason,
        Postponed => "The provider's API was asked too often within the last minute.",
        _ => null,
    };

    /// <summary>Returns the confirmed event with the API's own content, <paramref name="generation"/>.</summary>
    public static Confirmation Confirmed(GenerationEvent generation) => new Believed(generation with { Assurance = Assurance.Confirmed });
}
