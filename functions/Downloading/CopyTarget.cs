using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Model;

namespace WebhookFunctions.Downloading;

/// <summary>Target of an <see cref="AssetCopy"/>, with the values that only the asset's event determines.</summary>
internal sealed record CopyTarget
{
    /// <summary>The kind of asset that the source was expected to send.</summary>
    public required AssetKind Expected { get; init; }

    /// <summary>The path of the link, which may have an extension.</summary>
    public required string LinkName { get; init; }

    /// <summary>The ids of the blocks to stage.</summary>
    public required BlockIds Blocks { get; init; }

    /// <summary>
    /// Whether the blob's name was decided before this attempt. An earlier attempt may then have staged blocks under it, which a plain write of the
    /// blob would discard.
    /// </summary>
    public required bool IsNamed { get; init; }

    /// <summary>Whether a row of the job holds the name, so that a crash cannot lose it.</summary>
    public required bool IsNameOfJob { get; init; }

    /// <summary>Decides the blob's name for content of a type, and stages it on the asset's row.</summary>
    public required Func<ContentKind, CancellationToken, Task> DecideAsync { get; init; }

    /// <summary>Describes the blob, given its digest if this process saw every byte.</summary>
    public required Func<(string Sha256, byte[] Md5)?, BlobDescription> Describe { get; init; }
}
