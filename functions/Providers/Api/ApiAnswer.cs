using System.Diagnostics.CodeAnalysis;
using WebhookFunctions.Json;

namespace WebhookFunctions.Providers.Api;

/// <summary>What a provider's API answered: some fields of a JSON document, or a no that will not change by asking again.</summary>
public sealed class ApiAnswer
{
    private ApiAnswer(JsonFields? fields, string? denial) => (Fields, Denial) = (fields, denial);

    /// <summary>What was asked for; null where it was denied.</summary>
    public JsonFields? Fields { get; }

    /// <summary>The no, in words for a person.</summary>
    public string? Denial { get; }

    /// <summary>Whether there is an answer, or a no.</summary>
    [MemberNotNullWhen(false, nameof(Fields))]
    [MemberNotNullWhen(true, nameof(Denial))]
    public bool IsDenied => Fields is null;

    public static ApiAnswer Of(JsonFields fields) => new(fields, null);

    public static ApiAnswer Denied(string reason) => new(null, reason);
}
