using WebhookFunctions.Providers;
using WebhookFunctions.Storage;

namespace LocalHost.Samples;

/// <summary>A webhook as its provider writes it, in a kind that <c>send</c>, <c>demo</c> and the tests can ask for.</summary>
/// <param name="Event">The name of the kind: the provider's own word where it has one.</param>
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

    /// <summary>The job's status after it; null where it names no job.</summary>
    public JobStatus? JobStatus { get; init; }
}

/// <summary>What a sample is written about: one job at one time.</summary>
/// <param name="jobId">The job.</param>
/// <param name="now">When it is written.</param>
/// <param name="mediaLink">The link to a file of the job.</param>
public sealed class SampleScene(string jobId, DateTimeOffset now, Func<string, string> mediaLink)
{
    private readonly List<string> _links = [];

    public string JobId { get; } = jobId;

    public DateTimeOffset Now { get; } = now;

    /// <summary>The links that were written so far, in their order: each is to be fetched.</summary>
    public IReadOnlyList<string> Links => _links;

    /// <summary>A new id.</summary>
    public static string NewId() => Guid.NewGuid().ToString();

    /// <summary>The link to the job's file of this name.</summary>
    public string Media(string file)
    {
        var link = mediaLink($"{JobId}/{file}");
        _links.Add(link);
        return link;
    }

    /// <summary>The same job, later.</summary>
    public SampleScene Later() => new(JobId, Now, mediaLink);
}
