using System.Text;
using LocalHost.StandIns;

namespace LocalHost.Samples;

/// <summary>Scene of a sample: one job at one time, and the files and answers that its provider serves for it.</summary>
/// <param name="jobId">The job.</param>
/// <param name="now">The time of the webhook.</param>
/// <param name="mediaLink">Adds a file at this path and returns its link.</param>
/// <param name="api">The stand-in for the provider's API; null if there is none, and the API's answers are then not served.</param>
/// <param name="documentLink">Adds a document at this path and returns its link; null if only media can be served.</param>
public sealed class SampleScene(
    string jobId, DateTimeOffset now, Func<string, string> mediaLink, ApiStandIn? api = null, Func<string, string, string>? documentLink = null)
{
    private readonly List<SampleFile> _files = [];

    public string JobId { get; } = jobId;

    public DateTimeOffset Now { get; } = now;

    /// <summary>Gets the files that the samples have named so far, in order. The app must fetch each of them.</summary>
    public IReadOnlyList<SampleFile> Files => _files;

    /// <summary>The links to <see cref="Files"/>.</summary>
    public IReadOnlyList<string> Links => [.. _files.Select(file => file.Link)];

    /// <summary>Returns a new id.</summary>
    public static string NewId() => Guid.NewGuid().ToString();

    /// <summary>Returns the link to the job's file of this name.</summary>
    public string Media(string file)
    {
        var link = mediaLink($"{JobId}/{file}");
        _files.Add(new SampleFile(link, link));
        return link;
    }

    /// <summary>Adds the job's file of this name, to which the API redirects from <paramref name="path"/>.</summary>
    public void MediaBehind(string path, string file)
    {
        if (api is not null)
        {
            var link = mediaLink($"{JobId}/{file}");
            api.AddRedirect(path, link);
            _files.Add(new SampleFile(api.Origin + path, link));
        }
    }

    /// <summary>Returns the link to the job's document of this name and content, beside its media. If only media can be served, it leads to a file
    /// of that name.</summary>
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

    /// <summary>Sets the API's answer about the job.</summary>
    public void Answer(string path, string json) => api?.AddDocument(path, json);

    /// <summary>Adds a document of the API that is fetched as an asset.</summary>
    /// <param name="path">The path at which the API serves it.</param>
    /// <param name="content">The document.</param>
    /// <param name="contentType">Its content type.</param>
    /// <param name="gets">How often it is requested: twice if the job is confirmed with it first.</param>
    /// <returns>The link to it, with a token as real links have; null if there is no API.</returns>
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

    /// <summary>Returns the same job at a later time.</summary>
    public SampleScene Later() => new(JobId, Now, mediaLink, api, documentLink);
}

/// <summary>File that the app must fetch and store.</summary>
/// <param name="Link">The first link to request.</param>
/// <param name="MediaLink">The link of the file to which it redirects; null for a document.</param>
public sealed record SampleFile(string Link, string? MediaLink)
{
    /// <summary>The content, if it is a document.</summary>
    public ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>Gets the expected number of requests for it.</summary>
    public int Gets { get; init; } = 1;
}
