using System.Globalization;
using System.Security.Cryptography;
using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Storage.Events;

/// <summary>Notifications of an event's end: the rows for its transaction, and the messages to send once that is written.</summary>
/// <param name="Added">The rows to insert.</param>
/// <param name="Owed">The notifications that are pending after the transaction.</param>
public sealed record EventAnnouncement(IReadOnlyList<NotificationRow> Added, IReadOnlyList<NotificationRow> Owed)
{
    /// <summary>No notifications.</summary>
    public static EventAnnouncement None { get; } = new([], []);

    /// <summary>The inserts of the added rows.</summary>
    internal IEnumerable<TableTransactionAction> Actions => Added.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row));
}

/// <summary>
/// Outbox of notifications. The transaction that ends an event also inserts a row for each target. Their messages are sent afterwards. If the
/// process ends before that, a redelivery or maintenance sends them.
/// </summary>
/// <remarks>
/// The outcome is a digest of a notification's content. A reopened event that ends as before has the same outcome, and causes no further
/// notification. If it ends otherwise, the outcome and the notification's id are new. A pending notification of an earlier outcome is then
/// superseded.
/// </remarks>
public sealed class EventAnnouncements(StorageClients storage, AnnouncementRules rules, INotificationDispatch dispatch, TimeProvider clock)
{
    /// <summary>The number of rows that a transaction that ends an event reserves for notifications.</summary>
    public int ReservedRows => rules.Targets.Count;

    /// <summary>Marks a new event for notifications, if the rules cover it and its status was applied to its job's row.</summary>
    public async Task MarkAsync(EventRow row, GenerationEvent generation, Task<JobUpdate> applied)
    {
        if (rules.Covers(generation) && (await applied).IsApplied)
        {
            row.Announce(generation);
        }
    }

    /// <summary>Prepares the notification rows of an event's end, and sets its outcome. Returns <see cref="EventAnnouncement.None"/> if the event is
    /// not about to end.</summary>
    /// <param name="row">The event's row as it is about to be written.</param>
    /// <param name="assets">The assets that are written with it; all of them if the event has no row yet.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    internal async Task<EventAnnouncement> PrepareAsync(EventRow row, IEnumerable<AssetRow> assets, CancellationToken cancellationToken)
    {
        if (!rules.IsOn || row.Announces is not { } kind || !row.IsFinal || row.State == EventState.Failed || row.PersistedState?.IsFinal() is true)
        {
            return EventAnnouncement.None;
        }

        // The assets are read after the event's row. If one of them ends meanwhile, it changes that row, and the transaction fails.
        var isNew = row.PersistedState is null;
        var all = isNew ? [] : await AssetsAsync(row.PartitionKey, cancellationToken);
        foreach (var asset in assets)
        {
            all[asset.RowKey] = asset;
        }

        var outcome = $"{kind}-{DigestOf(row, all.Values)}";
        var known = isNew ? [] : await NotificationsAsync(row.PartitionKey, cancellationToken);
        var now = clock.GetUtcNow();
        List<NotificationRow> added =
        [
            .. rules.Targets
                .Where(target => !known.ContainsKey(NotificationRow.KeyOf(outcome, target)))
                .Select(target => NotificationRow.Create(row.PartitionKey, outcome, target, now)),
        ];
        var pending = known.Values.Where(notification => notification.State == NotificationState.Pending).ToList();
        row.SetOutcome(outcome, added.Count + pending.Count);
        return new EventAnnouncement(added, [.. added, .. pending]);
    }

    /// <summary>Sends the messages of the notifications, once their transaction is written.</summary>
    internal Task SendAsync(EventRow row, EventAnnouncement announced) =>
        announced.Owed.Count == 0 ? Task.CompletedTask : dispatch.SendAsync(row, announced.Owed);

    /// <summary>Sends the messages of an ended event's pending notifications that have no scheduled message. An earlier process may have died before
    /// it sent them.</summary>
    public async Task SendOwedAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (!row.IsFinal || row.NotificationsPending == 0)
        {
            return;
        }

        var now = clock.GetUtcNow();
        var owed = (await NotificationsAsync(row.PartitionKey, cancellationToken)).Values
            .Where(notification => notification.State == NotificationState.Pending && !(notification.NextAttemptAt > now))
            .ToList();
        await SendAsync(row, new EventAnnouncement([], owed));
    }

    /// <summary>Does the same as <see cref="SendOwedAsync(EventRow, CancellationToken)"/> for the event of a partition. Reads nothing if there are
    /// no targets.</summary>
    public async Task SendOwedAsync(string partitionKey, CancellationToken cancellationToken)
    {
        if (!rules.IsOn)
        {
            return;
        }

        var found = await storage.Events.GetEntityIfExistsAsync<TableEntity>(partitionKey, EventRow.Key, cancellationToken: cancellationToken);
        if (found.HasValue)
        {
            await SendOwedAsync(new EventRow(found.Value!), cancellationToken);
        }
    }

    private async Task<Dictionary<string, AssetRow>> AssetsAsync(string partitionKey, CancellationToken cancellationToken) =>
        await storage.Events.QueryAsync<AssetRow>(KeyRange.Filter(partitionKey, AssetRow.Kind), cancellationToken: cancellationToken)
            .ToDictionaryAsync(asset => asset.RowKey, StringComparer.Ordinal, cancellationToken);

    private async Task<Dictionary<string, NotificationRow>> NotificationsAsync(string partitionKey, CancellationToken cancellationToken) =>
        await storage.Events.QueryAsync<NotificationRow>(KeyRange.Filter(partitionKey, NotificationRow.Kind), cancellationToken: cancellationToken)
            .ToDictionaryAsync(notification => notification.RowKey, StringComparer.Ordinal, cancellationToken);

    // Returns the digest of a notification's content, without values that differ between two equal ends: times, and texts that count attempts.
    private static string DigestOf(EventRow row, IEnumerable<AssetRow> assets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(row.Announces);
        Append(row.JobStatusName);
        Append(row.Entity.GetString(Columns.ProviderStatus));
        Append(row.Entity.GetString(nameof(EventRow.Assurance)));
        Append(row.Entity.GetString(nameof(EventRow.State)));
        Append(row.Entity.GetString(Columns.ErrorCode));
        Append(row.Entity.GetString(Columns.ErrorMessage));
        Append(row.Entity.GetString(Columns.Model));
        Append(row.UserMetadata);
        foreach (var count in (ReadOnlySpan<int>)[row.AssetsTotal, row.AssetsStored, row.AssetsFailed])
        {
            Append(count.ToString(CultureInfo.InvariantCulture));
        }

        foreach (var asset in assets.OrderBy(asset => asset.RowKey, StringComparer.Ordinal))
        {
            Append(asset.RowKey);
            Append(asset.Name);
            Append(asset.StateName);
            Append(asset.Reason);
            Append(asset.Blob);
            Append(asset.Sha256);
            Append(asset.ContentType);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));

        // No column contains a zero character, so two different lists of texts never give the same bytes.
        void Append(string? text) => hash.AppendData([.. KeyEncoding.Utf8(text ?? ""), 0]);
    }
}
