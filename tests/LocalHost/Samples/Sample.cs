using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>A webhook as its provider writes it, in a kind that <c>send</c>, <c>demo</c> and the tests can ask for.</summary>
/// <param name="Event">The name of the kind: the provider's own word where it has one, and behind a colon what is special about it.</param>
/// <param name="Path">Where it is sent, below the route prefix.</param>
/// <param name="Write">Writes one.</param>
public sealed record Sample(string Event, string Path, Func<SampleScene, SampleWebhook> Write)
{
    /// <summary>Whether it tells of the same job as the sample before it.</summary>
    public bool ContinuesJob { get; init; }
}

/// <summary>One webhook, yet to be signed, and what is to become of it.</summary>
public sealed record SampleWebhook
{
    /// <summary>The id by which it has one effect.</summary>
    public required string WebhookId { get; init; }

    /// <summary>The whole document.</summary>
    public required string Body { get; init; }

    /// <summary>In which state its event ends.</summary>
    public required EventState State { get; init; }

    /// <summary>The job that it names, where that is not the scene's as it stands.</summary>
    public string? JobId { get; init; }

    /// <summary>The job's status after it.</summary>
    public required JobStatus JobStatus { get; init; }

    /// <summary>How many assets it brings of which there is nothing to fetch: each is a row that says why.</summary>
    public int AssetsFailed { get; init; }

    /// <summary>How many assets it brings that stay where they are: each is a row that says so.</summary>
    public int AssetsRecorded { get; init; }
}
