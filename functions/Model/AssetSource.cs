using System.Text.Json.Serialization;

namespace WebhookFunctions.Model;

/// <summary>Kind of content that an asset is expected to have. Content that is plainly of another kind is refused.</summary>
public enum AssetKind
{
    /// <summary>Audio, video or image. A page (HTML, JSON, XML, text) instead is a failure.</summary>
    Media,

    /// <summary>JSON or JSON Lines: batch results, manifests, interactions. An HTML page instead is a failure.</summary>
    Document,

    /// <summary>Any output of a model: media, subtitles, tables, archives, weights. An HTML page is a failure unless the link itself names
    /// one.</summary>
    AnyFile,
}

/// <summary>Asset to fetch, as an event names it.</summary>
public sealed record AssetSource
{
    /// <summary>The name, unique within the event; the blob's name without its extension.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The link, exactly as received. Its query may contain a token, so it is never logged and never written to a table. Empty only if
    /// <see cref="FetchError"/> is set.
    /// </summary>
    public required string Url { get; init; }

    /// <summary>The link's host; null if the link is not a URL.</summary>
    [JsonIgnore]
    public string? Host => Uri.TryCreate(Url, UriKind.Absolute, out var link) ? link.IdnHost : null;

    /// <summary>The expected content.</summary>
    public AssetKind Kind { get; init; }

    /// <summary>Whether the stored document names further assets (a manifest), which the provider's code extracts from it.</summary>
    public bool Expands { get; init; }

    /// <summary>Why the asset cannot be fetched, as text for an operator. Its row is then <c>Failed</c> from the start.</summary>
    public string? FetchError { get; init; }

    /// <summary>
    /// Why the asset is not fetched, as text for an operator: it is kept elsewhere (<c>gs://bucket/object</c>), or a key or a token is missing. Its
    /// row is then <c>Recorded</c> from the start, and holds the link.
    /// </summary>
    public string? ExternalReason { get; init; }

    /// <summary>The initial state of the asset's row.</summary>
    [JsonIgnore]
    public AssetState InitialState =>
        FetchError is not null ? AssetState.Failed
        : ExternalReason is not null ? AssetState.Recorded
        : AssetState.Pending;

    /// <summary>Whether the asset has to be fetched.</summary>
    [JsonIgnore]
    public bool IsFetched => InitialState == AssetState.Pending;
}
