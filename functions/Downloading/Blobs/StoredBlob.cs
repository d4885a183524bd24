namespace WebhookFunctions.Downloading.Blobs;

/// <summary>Committed blob of an asset.</summary>
/// <param name="Name">The name in container <c>assets</c>.</param>
/// <param name="Bytes">Its length, in bytes.</param>
/// <param name="ContentType">Its content type.</param>
/// <param name="Sha256">
/// The SHA-256 in lower-case hex; null until a process has hashed all bytes.
/// </param>
/// <param name="Version">Its ETag; null if it was not requested.</param>
public sealed record StoredBlob(string Name, long Bytes, string ContentType, string? Sha256, string? Version = null);
