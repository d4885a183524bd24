using WebhookFunctions.Json;

namespace WebhookFunctions.Providers.Api;

/// <summary>What a provider's API answered.</summary>
public abstract record ApiAnswer
{
    private ApiAnswer()
    {
    }

    /// <summary>It gave what was asked for: some fields of a JSON document.</summary>
    public sealed record Found(JsonFields Fields) : ApiAnswer;

    /// <summary>A no that will not change by asking again.</summary>
    /// <param name="Reason">What it said, in words for a person.</param>
    public sealed record Denied(string Reason) : ApiAnswer;

    /// <summary>The API was not asked.</summary>
    /// <param name="Turn">The time after which it may be.</param>
    public sealed record Postponed(TimeSpan Turn) : ApiAnswer;

    /// <summary>Returns what becomes of an event: what <paramref name="read"/> makes of the fields, or why there are none.</summary>
    public Confirmation ToConfirmation(Func<JsonFields, Confirmation> read) => this switch
    {
        Found(var fields) => read(fields),
        Denied(var reason) => new Confirmation.Denied(reason),
        Postponed(var turn) => new Confirmation.Postponed(turn),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
