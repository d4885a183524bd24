using System.Text.Json.Serialization;

namespace WebhookFunctions.Model;

/// <summary>What an asset is expected to be; anything plainly else is refused.</summary>
public enum AssetKind
{
    /// <summary>Audio, video or image. A page (HTML, JSON, XML, text) in its place is a failure.</summary>
    Media,

    /// <summary>JSON or JSON Lines: batch results, manifests, interactions. An HTML page in its place is a failure.</summary>
    Document,

    /// <summary>Whatever a model makes: media, subtitles, tables, archives, weights. An HTML page is a failure unless the link itself names one.</summary>
    AnyFile,
}

/// <summary>One thing to fetch that an event points at.</summary>
public sealed record AssetSource
{
    /// <summary>Unique within the event; the blob's name without its extension.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The link exactly as it came. It may carry a token in its query, so it is never logged and never written to a table.
    /// Empty only where <see cref="FetchError"/> says that there is nothing to follow.
    /// </summary>
    public required string Url { get; init; }

    /// <summary>The link's host; null where the link is no URL.</summary>
    [JsonIgnore]
    public string? Host => Uri.TryCreate(Url, UriKind.Absolute, out var link) ? link.IdnHost : null;

    /// <summary>What is expected behind the link.</summary>
    public AssetKind Kind { get; init; }

    /// <summary>Whether the stored document names further assets (a manifest): the provider reads them out of it.</summary>
    public bool Expands { get; init; }

    /// <summary>Why there is nothing to fetch, in words for a person: the asset's row is then <c>Failed</c> from the start.</summary>
    public string? FetchError { get; init; }

    /// <summary>
    /// A result that is not fetched: it is kept elsewhere (<c>gs://bucket/object</c>), or a key or a token is missing. Why, in words for a person.
    /// The asset's row is then <c>Recorded</c> from the start, and holds the link.
    /// </summary>
    public string? ExternalReason { get; init; }

    /// <summary>The state in which the asset's row begins.</summary>
    [JsonIgnore]
    public AssetState InitialState =>
        FetchError is not null ? AssetState.Failed
        : ExternalReason is not null ? AssetState.Recorded
        : AssetState.Pending;

    /// <summary>Whether there is something to fetch.</summary>
    [JsonIgnore]
    public bool IsFetched => InitialState == AssetState.Pending;
}
