using System.Globalization;
using System.Security.Cryptography;
using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Storage.Events;

/// <summary>What an event's end adds to its transaction, and what is to be sent once that is written.</summary>
/// <param name="Added">The rows to insert.</param>
/// <param name="Owed">The notifications of this outcome that no target has accepted.</param>
public sealed record EventAnnouncement(IReadOnlyList<NotificationRow> Added, IReadOnlyList<NotificationRow> Owed)
{
    /// <summary>Nothing is announced.</summary>
    public static EventAnnouncement None { get; } = new([], []);

    /// <summary>The inserts.</summary>
    internal IEnumerable<TableTransactionAction> Actions => Added.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row));
}

/// <summary>
/// Outbox of notifications. The transaction that ends an event also inserts a row for each target. A message follows. If the process
/// ends before it is sent, a redelivery or the timer sends it.
/// </summary>
/// <remarks>
/// The outcome is a digest of what a notification says of the event. An event that was reopened and ends as before is announced no second time;
/// one that ends otherwise has another outcome, and so another id. A notification of an earlier outcome that was not accepted yet is superseded.
/// </remarks>
public sealed class EventAnnouncements(StorageClients storage, AnnouncementRules rules, INotificationDispatch dispatch, TimeProvider clock)
{
    /// <summary>How many rows of a transaction that ends an event are kept free for notifications.</summary>
    public int Reserve => rules.Targets.Count;

    /// <summary>Marks a new event whose end is to be announced, if the rules cover it and its job's row took its status.</summary>
    public async Task MarkAsync(EventRow row, GenerationEvent generation, Task<JobUpdate> applied)
    {
        if (rules.Cover(generation) && (await applied).IsTaken)
        {
            row.Announce(generation);
        }
    }

    /// <summary>Prepares the rows that announce an event's end, and sets its outcome; <see cref="EventAnnouncement.None"/> if its row is not about to end.</summary>
    /// <param name="row">The event's row as it is about to be written.</param>
    /// <param name="assets">The assets that are written with it; all of them if the event has no row yet.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    internal async Task<EventAnnouncement> PrepareAsync(EventRow row, IEnumerable<AssetRow> assets, CancellationToken cancellationToken)
    {
        if (!rules.IsOn || row.Announces is not { } kind || !row.IsFinal || row.State == EventState.Failed || row.PersistedState?.IsFinal() is true)
        {
            return EventAnnouncement.None;
        }

        // After the event's row was read: the end of any asset changes that row, and then nothing of this is written.
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
        row.WithOutcome(outcome, added.Count + pending.Count);
        return new EventAnnouncement(added, [.. added, .. pending]);
    }

    /// <summary>Sends the messages of what a transaction that was written announces.</summary>
    internal Task SendAsync(EventRow row, EventAnnouncement announced) =>
        announced.Owed.Count == 0 ? Task.CompletedTask : dispatch.SendAsync(row, announced.Owed);

    /// <summary>Sends what an ended event owes and what no scheduled message waits for, after a process may have died before it sent that.</summary>
    public async Task SendOwedAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (!row.IsFinal || row.NotificationsOwed == 0)
        {
            return;
        }

        var now = clock.GetUtcNow();
        var owed = (await NotificationsAsync(row.PartitionKey, cancellationToken)).Values
            .Where(notification => notification.State == NotificationState.Pending && !(notification.NextAttemptAt > now))
            .ToList();
        await SendAsync(row, new EventAnnouncement([], owed));
    }

    /// <summary>As <see cref="SendOwedAsync(EventRow, CancellationToken)"/>, for an event by its partition. Asks nothing where nothing is announced.</summary>
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
        await storage.Events.QueryAsync<AssetRow>(KeyRange.Of(partitionKey, AssetRow.Kind), cancellationToken: cancellationToken)
            .ToDictionaryAsync(asset => asset.RowKey, StringComparer.Ordinal, cancellationToken);

    private async Task<Dictionary<string, NotificationRow>> NotificationsAsync(string partitionKey, CancellationToken cancellationToken) =>
        await storage.Events.QueryAsync<NotificationRow>(KeyRange.Of(partitionKey, NotificationRow.Kind), cancellationToken: cancellationToken)
            .ToDictionaryAsync(notification => notification.RowKey, StringComparer.Ordinal, cancellationToken);

    // What a notification says, less what differs between two ends that are alike: times, and texts in which attempts are counted.
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

        // Zero stands in no column: two lists of texts never meet in one.
        void Append(string? text) => hash.AppendData([.. KeyEncoding.Utf8(text ?? ""), 0]);
    }
}
