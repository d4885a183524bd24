namespace EmbeddedServiceBus.Commits;

/// <summary>Request to the writer's thread.</summary>
internal abstract class Request
{
    /// <summary>Gets a request without content, which makes the writer check for due work and cancelled receivers.</summary>
    public static Request Check { get; } = new Empty();

    private sealed class Empty : Request;
}
