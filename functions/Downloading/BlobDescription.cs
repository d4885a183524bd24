using Azure.Storage.Blobs.Models;
using WebhookFunctions.Messaging;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Downloading;

/// <summary>What stands beside a blob's bytes.</summary>
public sealed record BlobDescription
{
    /// <summary>The webhook that brought the asset.</summary>
    public required EventKey Event { get; init; }

    /// <summary>The host of the link.</summary>
    public required string SourceHost { get; init; }

    public required string ContentType { get; init; }

    public string? ContentEncoding { get; init; }

    /// <summary>Null where not all bytes passed through this process.</summary>
    public (string Sha256, byte[] Md5)? Digest { get; init; }

    /// <summary>What stands beside the blob of <paramref name="message"/>'s asset, as far as its row tells.</summary>
    public static BlobDescription Of(AssetMessage message, AssetRow row, (string Sha256, byte[] Md5)? digest) => new()
    {
        Event = message.Event,
        SourceHost = Uri.TryCreate(message.Source.Url, UriKind.Absolute, out var link) ? link.IdnHost : "",
        ContentType = row.ContentType ?? "application/octet-stream",
        ContentEncoding = row.SourceEncoding,
        Digest = digest,
    };

    /// <summary>The blob, once it is committed with this description.</summary>
    public StoredBlob Stored(string name, long bytes) => new(name, bytes, ContentType, Digest?.Sha256);

    public BlobHttpHeaders Headers() => new() { ContentType = ContentType, ContentEncoding = ContentEncoding, ContentHash = Digest?.Md5 };

    /// <summary>Metadata travels in headers: the webhook id is written as in its table key, which is ASCII and bounded.</summary>
    public Dictionary<string, string> Metadata()
    {
        var metadata = new Dictionary<string, string>
        {
            ["webhookid"] = Event.PartitionKey[(Event.Provider.Length + 1)..],
            ["sourcehost"] = SourceHost,
        };
        if (Digest is { } digest)
        {
            metadata[AssetBlobs.Sha256Key] = digest.Sha256;
        }

        return metadata;
    }
}
