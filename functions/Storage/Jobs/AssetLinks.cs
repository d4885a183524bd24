using System.Net.Mime;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>
/// Factory of signers for links to stored assets. A link is a shared access signature, whose holder may read one blob until it expires. With an
/// identity, a user delegation key from the storage account signs it. With a connection string (Azurite), the account's key does.
/// </summary>
/// <remarks>
/// https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas. A user delegation key is valid for at most seven days. The app's
/// role Storage Blob Data Contributor on the account includes the right to request one.
/// </remarks>
public sealed class AssetLinks(StorageClients storage, TimeProvider clock) : IDisposable
{
    /// <summary>The longest lifetime of a link.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(1);

    // The lifetime of a key. It is requested once and used until a link would outlive it.
    private static readonly TimeSpan KeyLife = MaxLifetime + TimeSpan.FromHours(6);

    // Storage refuses a key that begins in its future, and clocks differ a little.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _turn = new(1);
    private UserDelegationKey? _key;

    /// <summary>Returns a signer of links with that lifetime.</summary>
    /// <exception cref="Azure.RequestFailedException">The storage account returns no key.</exception>
    public async Task<AssetLinkSigner> OpenAsync(TimeSpan life, CancellationToken cancellationToken)
    {
        var expires = clock.GetUtcNow() + life;
        return new AssetLinkSigner(
            storage.Assets,
            storage.Assets.CanGenerateSasUri ? null : await KeyAsync(expires, cancellationToken),
            expires);
    }

    public void Dispose() => _turn.Dispose();

    private async Task<UserDelegationKey> KeyAsync(DateTimeOffset expires, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_key is null || _key.SignedExpiresOn < expires)
            {
                var now = clock.GetUtcNow();
                _key = await storage.Assets.GetParentBlobServiceClient().GetUserDelegationKeyAsync(now - ClockSkew, now + KeyLife, cancellationToken);
            }

            return _key;
        }
        finally
        {
            _turn.Release();
        }
    }
}

/// <summary>Signer of links that all expire at the same time.</summary>
public sealed class AssetLinkSigner
{
    private readonly BlobContainerClient _container;
    private readonly UserDelegationKey? _key;

    internal AssetLinkSigner(BlobContainerClient container, UserDelegationKey? key, DateTimeOffset expires) =>
        (_container, _key, ExpiresAt) = (container, key, expires);

    /// <summary>When the links expire.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Returns a link to a blob.</summary>
    /// <param name="blob">The blob's name in container <c>assets</c>.</param>
    /// <param name="contentType">
    /// The blob's content type. Anything but images, audio, video and plain text is sent as an attachment, because HTML and SVG would run scripts in
    /// the reader's browser.
    /// </param>
    /// <param name="fileName">The name under which a browser saves the blob as an attachment; null to let the content type decide.</param>
    public Uri Sign(string blob, string? contentType, string? fileName)
    {
        var client = _container.GetBlobClient(blob);
        var signature = new BlobSasBuilder(BlobSasPermissions.Read, ExpiresAt)
        {
            BlobContainerName = client.BlobContainerName,
            BlobName = blob,
            Resource = "b",
            Protocol = client.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
            ContentDisposition = fileName is not null ? $"{DispositionTypeNames.Attachment}; filename=\"{fileName}\""
                : IsHarmless(contentType) ? null
                : DispositionTypeNames.Attachment,
        };
        return _key is null ? client.GenerateSasUri(signature) : client.GenerateUserDelegationSasUri(signature, _key);
    }

    private static bool IsHarmless(string? contentType) =>
        contentType?.Split(';')[0].Trim().ToLowerInvariant() is { } type
        && (type is "text/plain" or "application/json" or "application/pdf"
            || type.StartsWith("video/", StringComparison.Ordinal)
            || type.StartsWith("audio/", StringComparison.Ordinal)
            || (type.StartsWith("image/", StringComparison.Ordinal) && !type.StartsWith("image/svg", StringComparison.Ordinal)));
}
