using Azure.Storage.Blobs.Models;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Downloading.Blobs;

/// <summary>HTTP headers and metadata of an asset blob.</summary>
public sealed record BlobDescription
{
    /// <summary>The webhook that brought the asset.</summary>
    public required EventKey Event { get; init; }

    /// <summary>The host of the asset's link.</summary>
    public required string SourceHost { get; init; }

    public required string ContentType { get; init; }

    public string? ContentEncoding { get; init; }

    /// <summary>The hashes of all bytes; null if not all bytes passed through this process.</summary>
    public (string Sha256, byte[] Md5)? Digest { get; init; }

    /// <summary>The MD5 that the source declared, in base64; null if it declared none.</summary>
    public string? ExpectedMd5 { get; init; }

    /// <summary>The ETag of the blob that this one replaces; null if no blob may exist.</summary>
    public string? ReplacesETag { get; init; }

    /// <summary>Returns the description of the blob of <paramref name="message"/>'s asset, as far as its row determines it.</summary>
    public static BlobDescription From(AssetMessage message, AssetRow row, (string Sha256, byte[] Md5)? digest) => new()
    {
        Event = message.Event,
        SourceHost = message.Source.Host ?? "",
        ContentType = row.ContentType ?? "application/octet-stream",
        ContentEncoding = row.SourceEncoding,
        Digest = digest,
        ExpectedMd5 = row.SourceMd5,
        ReplacesETag = message.ReplacesETag,
    };

    /// <summary>Returns whether that MD5 matches what the source declared; true if it declared none.</summary>
    public bool Matches(byte[] md5) => ExpectedMd5 is null || ExpectedMd5 == Convert.ToBase64String(md5);

    /// <summary>Returns the blob as it is once committed with this description.</summary>
    public StoredBlob Stored(string name, long bytes) => new(name, bytes, ContentType, Digest?.Sha256);

    public BlobHttpHeaders Headers() => new() { ContentType = ContentType, ContentEncoding = ContentEncoding, ContentHash = Digest?.Md5 };

    /// <summary>Metadata is sent in headers. The webhook id is encoded as in its table key, which is ASCII and bounded.</summary>
    public Dictionary<string, string> Metadata()
    {
        var metadata = new Dictionary<string, string>
        {
            ["webhookid"] = Event.EncodedId,
            ["sourcehost"] = SourceHost,
        };
        if (Digest is { } digest)
        {
            metadata[AssetBlobs.Sha256Key] = digest.Sha256;
        }
        else if (ExpectedMd5 is not null)
        {
            metadata[AssetBlobs.SourceMd5Key] = ExpectedMd5;
        }

        return metadata;
    }
}
