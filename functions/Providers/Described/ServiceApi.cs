namespace WebhookFunctions.Providers.Described;

/// <summary>How a service's API is asked for a job: by <c>GET</c>, with a key that its customers have.</summary>
/// <param name="Origin">Where it is: scheme and host.</param>
/// <param name="Path">The job's address without the slash before it, with <c>{id}</c> in the place of the id.</param>
/// <param name="Reading">Where things stand in its answer.</param>
public sealed record ServiceApi(string Origin, string Path, ServiceReading Reading)
{
    /// <summary>The header that carries the key. The default value is <c>Authorization</c>.</summary>
    public string KeyHeader { get; init; } = "Authorization";

    /// <summary>What stands in the header before the key: <c>Bearer </c> in <c>Authorization</c>, nothing in any other.</summary>
    internal string KeyPrefix => KeyHeader == "Authorization" ? "Bearer " : "";

    /// <summary>Whether links to the API itself need the key: without one they are recorded and not followed. The default value is false.</summary>
    public bool ServesResults { get; init; }
}
