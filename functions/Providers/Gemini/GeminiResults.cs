using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>
/// Locations of a job's results. An event names a file of the Files API (as an address or as <c>files/{id}</c>), an object in Cloud Storage, or
/// nothing. In the last case the job itself is looked up by its id. Documents: https://ai.google.dev/gemini-api/docs/webhooks, …/docs/video,
/// …/docs/batch-api, …/api/files.
/// </summary>
/// <param name="origin">The API.</param>
/// <param name="apiKey">Its key; without one, the API's results can only be recorded.</param>
public sealed partial class GeminiResults(ApiOrigin origin, ApiKey? apiKey)
{
    /// <summary>The name of the asset that is a batch's document.</summary>
    public const string BatchName = "batch";

    private const string BatchFileName = "results";

    /// <summary>The places at which a batch's document names the file with the results.</summary>
    public static readonly string[] BatchFilePaths = ["response.responsesFile", "metadata.output.responsesFile"];

    // The places of its inline results: documented with the outer name twice, observed with it once.
    private static readonly string[] InlinePaths =
    [
        "response.inlinedResponses.inlinedResponses.*", "response.inlinedResponses.*",
        "metadata.output.inlinedResponses.inlinedResponses.*", "metadata.output.inlinedResponses.*",
    ];

    /// <summary>Why results are not fetched without a key.</summary>
    public const string NoKey = $"The result must be downloaded with an API key, and {GeminiFactory.ApiKeySetting} is not set.";

    /// <summary>Why a result is not fetched if its link is in an unsigned body.</summary>
    public const string KeyNotSpent =
        $"Nothing proves this link, and {GeminiFactory.ApiKeySetting} is not used for it. With {GeminiFactory.TokenSetting} set, such a link is proven and fetched.";

    /// <summary>The API's public origin. Events name it even if a setting names another; their links are then sent to the configured
    /// origin.</summary>
    public static readonly ApiOrigin Public = ApiOrigin.From("https://generativelanguage.googleapis.com");

    /// <summary>Whether the API can be called.</summary>
    public bool HasKey => apiKey is not null;

    /// <summary>The API's host.</summary>
    public string Host => origin.Host;

    /// <summary>Returns whether a request to <paramref name="link"/> would carry the key.</summary>
    public bool IsAtApi(string link) => Uri.TryCreate(link, UriKind.Absolute, out var uri) && origin.Owns(uri);

    /// <summary>Returns the asset for the generated video that an event names.</summary>
    /// <param name="link">Its link.</param>
    /// <param name="index">Its index among the job's videos, starting at 0.</param>
    public AssetSource Video(string link, int index = 0) => File(index == 0 ? "video" : $"video-{index + 1}", link, AssetKind.Media, "v1beta");

    /// <summary>Returns the asset for the results of a batch that read its requests from a file. They are served only below
    /// <c>/download</c>.</summary>
    public AssetSource BatchFile(string link) => File(BatchFileName, link, AssetKind.Document, "download/v1beta");

    /// <summary>Returns the asset for a batch's document, which names the file with the results or contains them.</summary>
    public AssetSource Batch(string id) => Job(BatchName, "batches", id, expands: true);

    /// <summary>
    /// Returns the asset for an interaction's document, which contains its output. While the interaction waits for its caller, the document has
    /// another name. Otherwise the stored one would prevent the final output from being stored.
    /// </summary>
    public AssetSource Interaction(string id, bool needsAction) =>
        Job(needsAction ? "interaction-requires-action" : "interaction", "interactions", id, expands: false);

    /// <summary>
    /// Reads the file that a batch's document names, or a record that the document contains the results itself. Returns nothing if it does neither:
    /// a batch is reported as succeeded a moment before its file is named.
    /// </summary>
    public async IAsyncEnumerable<AssetSource> ExpandBatchAsync(Stream document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fields = await JsonFields.ReadAsync(document, [.. BatchFilePaths, .. InlinePaths], cancellationToken);
        if (fields.First(BatchFilePaths) is { } file)
        {
            yield return BatchFile(file);
        }
        else if (InlinePaths.Any(fields.Has))
        {
            yield return new AssetSource { Name = "results", Url = "", Kind = AssetKind.Document, ExternalReason = $"The results are in the batch's document, asset {BatchName}." };
        }
    }

    /// <summary>
    /// Returns whether a file is not released yet. Right after its creation, it is refused with 400, <c>FAILED_PRECONDITION</c>, "not in an ACTIVE
    /// state", for seconds to minutes.
    /// </summary>
    public bool IsNotReady(Uri link, HttpStatusCode status, ReadOnlySpan<byte> body) =>
        status == HttpStatusCode.BadRequest && origin.Owns(link) && (body.IndexOf("FAILED_PRECONDITION"u8) >= 0 || body.IndexOf("ACTIVE state"u8) >= 0);

    /// <summary>Adds the key if the request goes to the API itself. The storage to which it redirects must not get the key.</summary>
    public void Authorize(HttpRequestMessage request) => apiKey?.Authorize(request, origin);

    /// <summary>
    /// Returns the canonical spelling of a job's id: the last part of its resource name. Webhooks and people name a batch, an interaction or an
    /// operation with or without its collection, and an operation also with its model. The id alone is unique.
    /// </summary>
    public static string JobId(string id) => JobName().Match(ResourceName(id)) is { Success: true } name ? name.Groups["id"].Value : id;

    /// <summary>Returns the resource name in an address of the API; <paramref name="id"/> itself if it is not one.</summary>
    public static string ResourceName(string id) => JobAddress().Match(id) is { Success: true } address ? address.Groups["name"].Value : id;

    /// <summary>Returns the path of a job of <paramref name="collection"/>, whose id may have the collection as a prefix; null if it is not such an
    /// id.</summary>
    public static string? Path(string collection, string id)
    {
        var last = id.StartsWith(collection + "/", StringComparison.Ordinal) ? id[(collection.Length + 1)..] : id;
        return ApiOrigin.IsSegment(last) ? $"{collection}/{last}" : null;
    }

    /// <summary>Returns the path of a long-running operation, by its full name; null if <paramref name="id"/> is not one.</summary>
    public static string? OperationPath(string id) => OperationName().IsMatch(id) ? id : null;

    private AssetSource Job(string name, string collection, string id, bool expands) => Path(collection, id) is { } path
        ? NeedsKey(new AssetSource { Name = name, Url = origin.At($"v1beta/{path}").AbsoluteUri, Kind = AssetKind.Document, Expands = expands })
        : ResultLink.Unfetchable(name, "The job's id is not valid for the Gemini API.");

    private AssetSource File(string name, string link, AssetKind kind, string root)
    {
        if (link.StartsWith("gs://", StringComparison.OrdinalIgnoreCase))
        {
            return new AssetSource
            {
                Name = name,
                Url = link.Length <= ResultLink.MaxLength ? link : "",
                Kind = kind,
                ExternalReason = "The job's request names a Cloud Storage bucket of yours for the result, so it stays there.",
            };
        }

        if (FileId(link) is { } id)
        {
            return ApiOrigin.IsSegment(id)
                ? NeedsKey(new AssetSource { Name = name, Url = origin.At($"{root}/files/{id}:download?alt=media").AbsoluteUri, Kind = kind })
                : ResultLink.Unfetchable(name, "The file's id is not valid for the Gemini API.");
        }

        var source = ResultLink.Source(name, link, kind);
        return source.FetchError is null && IsAtApi(link) ? NeedsKey(source) : source;
    }

    private AssetSource NeedsKey(AssetSource source) => HasKey ? source : source with { ExternalReason = NoKey };

    /// <summary>
    /// Returns the id of a file of the Files API, from <c>files/{id}</c>, a bare id, or the file's own address. Without <c>:download</c>, that
    /// address returns the file's metadata. Returns null if the link leads elsewhere.
    /// </summary>
    private string? FileId(string link)
    {
        var path = link;
        if (Uri.TryCreate(link, UriKind.Absolute, out var uri) && !link.StartsWith('/'))
        {
            if (!origin.Owns(uri) && !Public.Owns(uri))
            {
                return null;
            }

            path = AddressedFile().Match(uri.AbsolutePath) is { Success: true } match ? match.Groups[1].Value : null;
        }

        return path is null ? null : NamedFile().Match(path) is { Success: true } name ? name.Groups[1].Value : path;
    }

    [GeneratedRegex(@"\A(?:/download)?/v1(?:alpha|beta)?/(files/[^/]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex AddressedFile();

    [GeneratedRegex(@"\A(?:https://generativelanguage\.googleapis\.com/)?v1(?:alpha|beta)?/(?<name>[^?#]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex JobAddress();

    [GeneratedRegex(
        @"\A(?:batches|interactions|(?:(?:models|tunedModels)/[A-Za-z0-9_.-]+/)?operations)/(?!\.{1,2}\z)(?<id>[A-Za-z0-9_.~=-]{1,256})\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex JobName();

    [GeneratedRegex(@"\A(?:(?:models|tunedModels)/[A-Za-z0-9_.-]+/)?operations/[A-Za-z0-9_-][A-Za-z0-9_.-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex OperationName();

    [GeneratedRegex(@"\A(?:files/)?([^:]+)(?::download(?:\?alt=media)?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamedFile();
}
