namespace WebhookFunctions.Downloading.Blobs;

/// <summary>An asset's blob that was committed.</summary>
/// <param name="Name">In container <c>assets</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="ContentType">Its content type.</param>
/// <param name="Sha256">
/// Lower-case hex; null where the process that committed it had not seen all its bytes, and nobody has read it back yet.
/// </param>
/// <param name="Version">Its ETag; null where it was not asked for.</param>
public sealed record StoredBlob(string Name, long Bytes, string ContentType, string? Sha256, string? Version = null);
