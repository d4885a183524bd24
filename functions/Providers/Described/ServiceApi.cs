namespace WebhookFunctions.Providers.Described;

/// <summary>Description of a service's API that returns a job by <c>GET</c>, with the customer's key.</summary>
/// <param name="Origin">The API's origin: scheme and host.</param>
/// <param name="Path">The job's path without a leading slash, with <c>{id}</c> for the id.</param>
/// <param name="Reading">The paths of the values in its answer.</param>
public sealed record ServiceApi(string Origin, string Path, ServiceReading Reading)
{
    /// <summary>The header that carries the key. The default value is <c>Authorization</c>.</summary>
    public string KeyHeader { get; init; } = "Authorization";

    /// <summary>The text before the key in the header: <c>Bearer </c> in <c>Authorization</c>, nothing in any other.</summary>
    internal string KeyPrefix => KeyHeader == "Authorization" ? "Bearer " : "";

    /// <summary>Whether links to the API itself need the key. Without a key they are recorded and not followed. The default value is false.</summary>
    public bool ServesResults { get; init; }
}
