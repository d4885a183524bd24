using System.Security.Cryptography;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage;

/// <summary>Names of blobs in container <c>assets</c>: <c>{provider}/{jobId}/{name}{.ext}</c>, and a separate form for unconfirmed assets.</summary>
public static class BlobNames
{
    /// <summary>Returns the prefix of all blobs of a job, with its slash.</summary>
    public static string JobPrefix(string provider, string jobId) => $"{provider}/{KeyEncoding.EncodeBlobPart(jobId)}/";

    /// <summary>
    /// Returns the name of an asset's blob without its extension. Every asset has one blob with one extension, and no extension contains a dot. Two
    /// assets' blobs therefore never have the same name.
    /// </summary>
    /// <param name="provider">The provider.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="name">The asset's name in its event.</param>
    public static string AssetStem(string provider, string jobId, string name) => JobPrefix(provider, jobId) + KeyEncoding.EncodeBlobPart(name);

    /// <summary>
    /// Returns the name, without extension, of a blob that an unconfirmed event brings: <c>{provider}/{jobId}/unconfirmed-{16 hex of the
    /// event}/{name}</c>. Encoded asset names contain no slash, so it never equals the name of a proven event's blob.
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
