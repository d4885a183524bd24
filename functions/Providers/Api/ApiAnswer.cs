using System.Text.Json;
using WebhookFunctions.Json;

namespace WebhookFunctions.Providers.Api;

/// <summary>Answer of a provider's API.</summary>
public abstract record ApiAnswer
{
    private ApiAnswer()
    {
    }

    /// <summary>The requested fields of a JSON document.</summary>
    public sealed record Found(JsonFields Fields) : ApiAnswer;

    /// <summary>The requested JSON object.</summary>
    public sealed record FoundObject(JsonElement Value) : ApiAnswer;

    /// <summary>The requested short text, or the address to which the API redirects.</summary>
    public sealed record FoundText(string Text) : ApiAnswer;

    /// <summary>A permanent refusal.</summary>
    /// <param name="Reason">The reason that it gave, as text for an operator.</param>
    public sealed record Denied(string Reason) : ApiAnswer;

    /// <summary>The API was not called.</summary>
    /// <param name="Turn">The time after which it may be called.</param>
    public sealed record Postponed(TimeSpan Turn) : ApiAnswer;

    /// <summary>Returns the outcome for an event: the result of <paramref name="read"/> on the fields, or the reason why there are none.</summary>
    public Confirmation ToConfirmation(Func<JsonFields, Confirmation> read) => this is Found(var fields) ? read(fields) : WithoutAnswer();

    /// <summary>Does the same as <see cref="ToConfirmation(Func{JsonFields, Confirmation})"/> for a whole object.</summary>
    public Confirmation ToConfirmation(Func<JsonElement, Confirmation> read) => this is FoundObject(var value) ? read(value) : WithoutAnswer();

    /// <summary>Does the same as <see cref="ToConfirmation(Func{JsonFields, Confirmation})"/> for a text.</summary>
    public Confirmation ToConfirmation(Func<string, Confirmation> read) => this is FoundText(var text) ? read(text) : WithoutAnswer();

    private Confirmation WithoutAnswer() => this switch
    {
        Denied(var reason) => new Confirmation.Denied(reason),
        Postponed(var turn) => new Confirmation.Postponed(turn),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
