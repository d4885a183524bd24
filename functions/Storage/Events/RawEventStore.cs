using System.Globalization;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>
/// Store of raw event bodies, in container <c>raw-events</c>, with one blob for each webhook id. A blob is written once: of several bodies with one
/// id, the first is the event's. Its metadata contains the <see cref="EventReceipt"/>, so that a repetition after a crash uses the same values.
/// </summary>
public sealed partial class RawEventStore(StorageClients storage, ILogger<RawEventStore> logger)
{
    private const string Sha256Key = "sha256";
    private const string CoverageKey = "coverage";
    private const string TokenKey = "token";
    private const string SharedKeyKey = "sharedkey";
    private const string ReceivedAtKey = "receivedat";
    private const string True = "true";

    private const int DigestLength = 16;

    /// <summary>Writes an event's body with its receipt, unless the blob exists.</summary>
    /// <returns>Whether the blob was written now, and the receipt of the body that it holds.</returns>
    public async Task<(bool IsNew, EventReceipt Receipt)> WriteAsync(
        EventKey key, BinaryData body, EventReceipt receipt, CancellationToken cancellationToken)
    {
        var blob = BlobOf(NameOf(key));
        while (true)
        {
            try
            {
                await blob.UploadAsync(
                    body,
                    new BlobUploadOptions
                    {
                        HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
                        Metadata = Write(receipt),
                        Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
                    },
                    cancellationToken);
                return (true, receipt);
            }
            catch (RequestFailedException exception) when (exception.Status == 409 && exception.ErrorCode == BlobErrorCode.BlobAlreadyExists)
            {
                // The blob holds the body of an earlier attempt, or another body with the same id.
                Log.Exists(logger, key.PartitionKey);
            }

            // The receipt is null if the blob was erased in between.
            if (await FindReceiptAsync(key, cancellationToken) is { } first)
            {
                return (false, first);
            }
        }
    }

    /// <summary>Returns the receipt of an event's body; null if no body is stored.</summary>
    public async Task<EventReceipt?> FindReceiptAsync(EventKey key, CancellationToken cancellationToken)
    {
        try
        {
            return Read((await BlobOf(NameOf(key)).GetPropertiesAsync(cancellationToken: cancellationToken)).Value.Metadata);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    /// <summary>
    /// Returns the body in a blob; null if the blob does not exist, or the SHA-256 of its body is not <paramref name="sha256"/>.
    /// </summary>
    public async Task<BinaryData?> ReadAsync(string name, string? sha256, CancellationToken cancellationToken)
    {
        try
        {
            var body = (await BlobOf(name).DownloadContentAsync(cancellationToken)).Value.Content;
            return Convert.ToHexStringLower(SHA256.HashData(body)) == sha256 ? body : null;
        }
        catch (RequestFailedException exception) when (exception.Status == 404 && exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <summary>Deletes a blob. Idempotent.</summary>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        await BlobOf(name).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>Returns the name of the blob of an event's body: <c>{space}/{webhookId}-{16 hex of the SHA-256 of the webhook id}.json</c>.</summary>
    public static string NameOf(EventKey key) => $"{key.Space}/{key.EncodedId}-{key.IdSha256[..DigestLength]}.json";

    private BlobClient BlobOf(string name) => storage.RawEvents.GetBlobClient(name);

    private static Dictionary<string, string> Write(EventReceipt receipt)
    {
        var metadata = new Dictionary<string, string>
        {
            [Sha256Key] = receipt.BodySha256,
            [CoverageKey] = receipt.Coverage.ToString(),
            [ReceivedAtKey] = receipt.ReceivedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        };
        if (receipt.HasToken)
        {
            metadata[TokenKey] = True;
        }

        if (receipt.IsSharedKey)
        {
            metadata[SharedKeyKey] = True;
        }

        return metadata;
    }

    private static EventReceipt Read(IDictionary<string, string> metadata) => new(
        metadata[Sha256Key],
        KnownValue.Parse<SignatureCoverage>(metadata[CoverageKey]),
        metadata.ContainsKey(TokenKey),
        metadata.ContainsKey(SharedKeyKey),
        DateTimeOffset.Parse(metadata[ReceivedAtKey], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Event {Event}: not written; the blob already holds its body, or another body with its id, which is used")]
        public static partial void Exists(ILogger logger, string @event);
    }
}
