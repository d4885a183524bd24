using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>Sample webhook of one kind, for <c>send</c>, <c>demo</c> and the tests.</summary>
/// <param name="Event">The name of the kind: the provider's name for it, if any, followed by a colon and the variant.</param>
/// <param name="Path">The route, below the route prefix.</param>
/// <param name="Write">Writes a webhook of this kind.</param>
public sealed record Sample(string Event, string Path, Func<SampleScene, SampleWebhook> Write)
{
    /// <summary>Gets whether it reports the same job as the sample before it.</summary>
    public bool ContinuesJob { get; init; }
}

/// <summary>Unsigned webhook with its expected result.</summary>
public sealed record SampleWebhook
{
    /// <summary>The webhook id.</summary>
    public required string WebhookId { get; init; }

    /// <summary>The body.</summary>
    public required string Body { get; init; }

    /// <summary>The expected final state of its event.</summary>
    public required EventState State { get; init; }

    /// <summary>The job that it reports; null for the scene's job.</summary>
    public string? JobId { get; init; }

    /// <summary>The job's expected status after it.</summary>
    public required JobStatus JobStatus { get; init; }

    /// <summary>The number of its assets that cannot be fetched; each gets a row that says why.</summary>
    public int AssetsFailed { get; init; }

    /// <summary>The number of its assets that are only recorded; each gets a row that says why.</summary>
    public int AssetsRecorded { get; init; }
}
