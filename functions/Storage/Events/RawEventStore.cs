using System.Globalization;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs.Models;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Container <c>raw-events</c>: every event as it came, written once.</summary>
public sealed class RawEventStore(StorageClients storage)
{
    /// <summary>
    /// Writes an event's body and returns the blob's name (<see cref="NameOf"/>).
    /// Where the blob is there already, it is the same event's: the name holds the body's digest.
    /// </summary>
    public async Task<string> WriteAsync(EventKey key, DateTimeOffset receivedAt, BinaryData body, CancellationToken cancellationToken)
    {
        var name = NameOf(key, receivedAt, body.ToMemory().Span);
        try
        {
            await storage.RawEvents.GetBlobClient(name).UploadAsync(
                body,
                new BlobUploadOptions
                {
                    HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
                    Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
                },
                cancellationToken);
        }
        catch (RequestFailedException exists) when (exists.Status == 409 && exists.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // Written by an earlier attempt.
        }

        return name;
    }

    /// <summary>The body of an event; null where the blob is not there.</summary>
    public async Task<BinaryData?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await storage.RawEvents.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value.Content;
        }
        catch (RequestFailedException missing) when (missing.Status == 404 && missing.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <summary>The blob of an event's body: <c>{space}/{yyyy}/{MM}/{dd}/{webhookId}-{16 hex of the SHA-256 of id and body}.json</c>.</summary>
    public static string NameOf(EventKey key, DateTimeOffset receivedAt, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(KeyEncoding.Utf8(key.PartitionKey));
        hash.AppendData(body);
        var digest = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
        var day = receivedAt.UtcDateTime.ToString("yyyy'/'MM'/'dd", CultureInfo.InvariantCulture);
        return $"{key.Space}/{day}/{key.EncodedId}-{digest}.json";
    }
}
