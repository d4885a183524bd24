namespace EmbeddedServiceBus.Commits;

/// <summary>Request to the writer's thread.</summary>
internal abstract class Request
{
    /// <summary>Request without content, sent when work may have become due or a receiver was cancelled.</summary>
    public static Request LookAround { get; } = new Wake();

    private sealed class Wake : Request;
}
