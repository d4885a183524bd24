using WebhookFunctions.Json;

namespace WebhookFunctions.Providers.Api;

/// <summary>What a provider's API answered. Exactly one of the properties is set.</summary>
public sealed class ApiAnswer
{
    private ApiAnswer(JsonFields? fields, string? denial, TimeSpan? turn) => (Fields, Denial, Turn) = (fields, denial, turn);

    /// <summary>What was asked for: some fields of a JSON document.</summary>
    public JsonFields? Fields { get; }

    /// <summary>A no that will not change by asking again, in words for a person.</summary>
    public string? Denial { get; }

    /// <summary>The API was not asked: after which time it may be.</summary>
    public TimeSpan? Turn { get; }

    public static ApiAnswer Of(JsonFields fields) => new(fields, null, null);

    public static ApiAnswer Denied(string reason) => new(null, reason, null);

    public static ApiAnswer After(TimeSpan turn) => new(null, null, turn);

    /// <summary>What becomes of an event where the API gave no fields; null where it did.</summary>
    public Confirmation? Without() =>
        Denial is not null ? Confirmation.Denied(Denial)
        : Turn is { } turn ? Confirmation.After(turn)
        : null;
}
