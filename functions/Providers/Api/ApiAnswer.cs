using System.Text.Json;
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

    /// <summary>It gave what was asked for: a whole JSON object.</summary>
    public sealed record FoundObject(JsonElement Value) : ApiAnswer;

    /// <summary>It gave what was asked for: a short text, or where it redirects.</summary>
    public sealed record FoundText(string Text) : ApiAnswer;

    /// <summary>A no that will not change by asking again.</summary>
    /// <param name="Reason">What it said, in words for a person.</param>
    public sealed record Denied(string Reason) : ApiAnswer;

    /// <summary>The API was not asked.</summary>
    /// <param name="Turn">The time after which it may be.</param>
    public sealed record Postponed(TimeSpan Turn) : ApiAnswer;

    /// <summary>Returns what becomes of an event: what <paramref name="read"/> makes of the fields, or why there are none.</summary>
    public Confirmation ToConfirmation(Func<JsonFields, Confirmation> read) => this is Found(var fields) ? read(fields) : WithoutAnswer();

    /// <summary>As <see cref="ToConfirmation(Func{JsonFields, Confirmation})"/>, of a whole object.</summary>
    public Confirmation ToConfirmation(Func<JsonElement, Confirmation> read) => this is FoundObject(var value) ? read(value) : WithoutAnswer();

    /// <summary>As <see cref="ToConfirmation(Func{JsonFields, Confirmation})"/>, of a text.</summary>
    public Confirmation ToConfirmation(Func<string, Confirmation> read) => this is FoundText(var text) ? read(text) : WithoutAnswer();

    private Confirmation WithoutAnswer() => this switch
    {
        Denied(var reason) => new Confirmation.Denied(reason),
        Postponed(var turn) => new Confirmation.Postponed(turn),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
