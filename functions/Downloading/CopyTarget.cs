using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Model;

namespace WebhookFunctions.Downloading;

/// <summary>What an <see cref="AssetCopy"/> writes to, and what only the asset's event can say of it.</summary>
internal sealed record CopyTarget
{
    /// <summary>What the source was expected to send.</summary>
    public required AssetKind Expected { get; init; }

    /// <summary>The path of the link, for the extension in it.</summary>
    public required string LinkName { get; init; }

    /// <summary>The ids of the blocks that are staged.</summary>
    public required BlockIds Blocks { get; init; }

    /// <summary>
    /// Whether the blob's name was decided before this attempt. Then an earlier attempt may have staged something under it, which a plain write would meet.
    /// </summary>
    public required bool IsNamed { get; init; }

    /// <summary>Whether a row of the job holds the name, so that a crash cannot lose it.</summary>
    public required bool IsNameOfJob { get; init; }

    /// <summary>Decides the blob's name for content of a kind, and stages it on the asset's row.</summary>
    public required Func<ContentKind, CancellationToken, Task> DecideAsync { get; init; }

    /// <summary>Describes the blob, given its digest if this process saw every byte.</summary>
    public required Func<(string Sha256, byte[] Md5)?, BlobDescription> Describe { get; init; }
}
