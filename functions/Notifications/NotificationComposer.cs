using System.Text.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Notifications;

/// <summary>Composer of notifications from an event's rows. Only the links and their expiry differ between attempts.</summary>
public sealed class NotificationComposer(NotifySettings settings, AssetLinks links)
{
    /// <summary>The maximum number of assets that a notification lists.</summary>
    public const int MaxAssets = 100;

    // The maximum size of the listed assets. A message of Service Bus Standard holds 256 KiB with its properties.
    private const int MaxAssetBytes = 160 * 1024;

    // The maximum length of an asset's reason. If the asset was never fetched, its reason may have 2,048 characters.
    private const int LongestReason = 300;

    /// <summary>Composes the notification of an event.</summary>
    /// <param name="row">The event's row, in its final state.</param>
    /// <param name="assets">Its assets, in the order of their rows.</param>
    /// <param name="id">The notification's id.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    public async Task<Notification> ComposeAsync(EventRow row, IEnumerable<AssetRow> assets, string id, CancellationToken cancellationToken)
    {
        var key = row.ToKey();
        var all = assets.OrderBy(asset => asset.RowKey, StringComparer.Ordinal).ToList();
        var signer = settings.LinkLife is { } life && all.Exists(asset => asset.State == AssetState.Stored)
            ? await links.OpenAsync(life, cancellationToken)
            : null;
        var listed = List(all, signer);
        return new Notification
        {
            Id = id,
            Source = key.Provider,
            Type = Announcements.TypePrefix + row.Announces,
            Subject = row.JobId,
            Time = row.Entity.GetDateTimeOffset(Columns.CompletedAt) ?? row.UpdatedAt,
            Data = new NotificationData
            {
                Provider = key.Provider,
                JobId = row.JobId,
                Status = KebabCase(row.JobStatusName ?? nameof(JobStatus.Unknown)),
                ProviderStatus = row.Entity.GetString(Columns.ProviderStatus),
                Assurance = KebabCase(row.Assurance.ToString()),
                Model = row.Entity.GetString(Columns.Model),
                Error = ErrorOf(row),
                UserMetadata = row.UserMetadata,
                Event = new NotificationEvent(
                    key.Space, row.WebhookId, row.Entity.GetString(Columns.EventType), JsonNamingPolicy.CamelCase.ConvertName(row.State.ToString()), row.ReceivedAt),
                Counts = new NotificationCounts(row.AssetsTotal, row.AssetsStored, row.AssetsFailed),
                Assets = listed,
                MoreAssets = listed.Count < all.Count,
                Path = $"/api/events/{Uri.EscapeDataString(key.Space)}?id={Uri.EscapeDataString(row.WebhookId)}",
                LinksExpireAt = signer?.ExpiresAt,
            },
        };
    }

    private static List<NotificationAsset> List(List<AssetRow> all, AssetLinkSigner? signer)
    {
        var listed = new List<NotificationAsset>();
        var bytes = 0;
        foreach (var row in all.Take(MaxAssets))
        {
            var asset = new NotificationAsset(
                row.Name,
                JsonNamingPolicy.CamelCase.ConvertName(row.StateName),
                BoundedText.Shorten(row.Reason, LongestReason),
                row.State == AssetState.Stored ? row.Blob : null,
                row.Bytes,
                row.Sha256,
                row.ContentType);
            bytes += JsonSerializer.SerializeToUtf8Bytes(asset, NotificationJson.Default.NotificationAsset).Length;
            if (bytes > MaxAssetBytes)
            {
                break;
            }

            listed.Add(signer is null || asset.Blob is null ? asset : asset with { Link = signer.Sign(asset.Blob, asset.ContentType, fileName: null) });
        }

        return listed;
    }

    private static NotificationError? ErrorOf(EventRow row)
    {
        var (code, message) = (row.Entity.GetString(Columns.ErrorCode), row.Entity.GetString(Columns.ErrorMessage));
        return code is null && message is null ? null : new NotificationError(code, message);
    }

    private static string KebabCase(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);
}
