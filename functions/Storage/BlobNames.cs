namespace WebhookFunctions.Storage;

/// <summary>Names in container <c>assets</c>: <c>{provider}/{jobId}/{name}{.ext}</c>.</summary>
public static class BlobNames
{
    /// <summary>The prefix of all blobs of a job, with its slash.</summary>
    public static string JobPrefix(string provider, string jobId) => $"{provider}/{KeyEncoding.EncodeBlobPart(jobId)}/";

    /// <summary>The blob of an asset.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="name">The asset's name in its event.</param>
    /// <param name="extension">With its dot; empty where the kind of file is not known.</param>
    public static string Asset(string provider, string jobId, string name, string extension) =>
        JobPrefix(provider, jobId) + KeyEncoding.EncodeBlobPart(name) + extension;
}
