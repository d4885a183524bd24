using WebhookFunctions.Model;

namespace WebhookFunctions.Storage;

/// <summary>Names in container <c>assets</c>: <c>{provider}/{jobId}/{name}{.ext}</c>.</summary>
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
}
