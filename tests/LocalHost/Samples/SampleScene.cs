using System.Text;
using LocalHost.StandIns;

namespace LocalHost.Samples;

/// <summary>What a sample is written about: one job at one time, and what its provider serves of it.</summary>
/// <param name="jobId">The job.</param>
/// <param name="now">When it is written.</param>
/// <param name="mediaLink">Puts a file of this path there and gives the link to it.</param>
/// <param name="api">The provider's API, where one stands in for it. Null: what the samples say of it is not served.</param>
/// <param name="documentLink">Puts a document of this path and content there and gives the link to it; null where only media can be.</param>
public sealed class SampleScene(
    string jobId, DateTimeOffset now, Func<string, string> mediaLink, ApiStandIn? api = null, Func<string, string, string>? documentLink = null)
{
    private readonly List<SampleFile> _files = [];

    public string JobId { get; } = jobId;

    public DateTimeOffset Now { get; } = now;

    /// <summary>What the samples led to so far, in their order: each is to be fetched.</summary>
    public IReadOnlyList<SampleFile> Files => _files;

    /// <summary>The links to <see cref="Files"/>.</summary>
    public IReadOnlyList<string> Links => [.. _files.Select(file => file.Link)];

    /// <summary>A new id.</summary>
    public static string NewId() => Guid.NewGuid().ToString();

    /// <summary>The link to the job's file of this name.</summary>
    public string Media(string file)
    {
        var link = mediaLink($"{JobId}/{file}");
        _files.Add(new SampleFile(link, link));
        return link;
    }

    /// <summary>The job's file of this name, to which the API redirects from <paramref name="path"/>.</summary>
    public void MediaBehind(string path, string file)
    {
        if (api is not null)
        {
            var link = mediaLink($"{JobId}/{file}");
            api.AddRedirect(path, link);
            _files.Add(new SampleFile(api.Origin + path, link));
        }
    }

    /// <summary>The link to the job's document of this name and content, beside its media; where only media can be, to a file of that name.</summary>
    public string MediaDocument(string file, string content)
    {
        if (documentLink is null)
        {
            return Media(file);
        }

        var link = documentLink($"{JobId}/{file}", content);
        _files.Add(new SampleFile(link, link));
        return link;
    }

    /// <summary>What the API answers when it is asked for the job.</summary>
    public void Answer(string path, string json) => api?.AddDocument(path, json);

    /// <summary>A document of the API that is fetched as an asset.</summary>
    /// <param name="path">Where the API serves it.</param>
    /// <param name="content">The document.</param>
    /// <param name="contentType">What it is.</param>
    /// <param name="gets">How often it is asked for: twice where the job is confirmed by it before.</param>
    /// <returns>The link to it, with a token as links have one; null where there is no API.</returns>
    public string? Document(string path, string content, string contentType = "application/json", int gets = 1)
    {
        if (api is null)
        {
            return null;
        }

        api.AddDocument(path, content, contentType);
        _files.Add(new SampleFile(api.Origin + path, null) { Document = Encoding.UTF8.GetBytes(content), Gets = gets });
        return $"{api.Origin}{path}?token={NewId()}";
    }

    /// <summary>The same job, later.</summary>
    public SampleScene Later() => new(JobId, Now, mediaLink, api, documentLink);
}

/// <summary>Something that is to be fetched and stored.</summary>
/// <param name="Link">What is asked for first.</param>
/// <param name="MediaLink">The file that it leads to; null for a document.</param>
public sealed record SampleFile(string Link, string? MediaLink)
{
    /// <summary>The content, where it is a document.</summary>
    public ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>How often it is asked for in all.</summary>
    public int Gets { get; init; } = 1;
}
