using System.Security.Cryptography;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage;

/// <summary>Names in container <c>assets</c>: <c>{provider}/{jobId}/{name}{.ext}</c>, and another for what is not proven.</summary>
public static class BlobNames
{
    /// <summary>The prefix of all blobs of a job, with its slash.</summary>
    public static string JobPrefix(string provider, string jobId) => $"{provider}/{KeyEncoding.EncodeBlobPart(jobId)}/";

    /// <summary>
    /// The blob of an asset without its extension. Every asset's blob has exactly one, and no extension holds a dot, so two assets' blobs never meet.
    /// </summary>
    /// <param name="provider">The provider.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="name">The asset's name in its event.</param>
    public static string AssetStem(string provider, string jobId, string name) => JobPrefix(provider, jobId) + KeyEncoding.EncodeBlobPart(name);

    /// <summary>
    /// As <see cref="AssetStem"/>, for what an unconfirmed event brings: <c>{provider}/{jobId}/unconfirmed-{16 hex of the event}/{name}</c>.
    /// No asset's name holds a slash once it is encoded, so a proven event's blobs are never met.
    /// </summary>
    /// <param name="event">The event.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="name">The asset's name in its event.</param>
    public static string UnconfirmedStem(EventKey @event, string jobId, string name)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8(@event.PartitionKey)).AsSpan(0, 8));
        return $"{JobPrefix(@event.Provider, jobId)}unconfirmed-{digest}/{KeyEncoding.EncodeBlobPart(name)}";
    }
}
