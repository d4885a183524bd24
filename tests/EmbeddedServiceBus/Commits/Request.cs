namespace EmbeddedServiceBus.Commits;

/// <summary>What reaches the writer's thread.</summary>
internal abstract class Request
{
    /// <summary>Something may have become due, or a receiver may have been cancelled.</summary>
    public static Request LookAround { get; } = new Wake();

    private sealed class Wake : Request;
}
