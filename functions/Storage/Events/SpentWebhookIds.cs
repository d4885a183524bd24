using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>
/// Webhook ids that stay spent although nothing is kept of their events any more, in table <c>GenerationJobs</c>: partition
/// <c>{space}:{SHA-256 of the webhook id, hex}</c>, row <c>spent</c>. It tells whether an id that one knows is spent, and not which ids are.
/// </summary>
public sealed class SpentWebhookIds(StorageClients storage, TimeProvider clock)
{
    public const string RowKey = "spent";

    /// <summary>Whether the id is spent: then its webhook has no effect any more, whatever its body says.</summary>
    public async Task<bool> HasAsync(EventKey key, CancellationToken cancellationToken) =>
        (await storage.Jobs.GetEntityIfExistsAsync<TableEntity>(key.MessageId, RowKey, cancellationToken: cancellationToken)).HasValue;

    /// <summary>From here on the id is spent.</summary>
    public async Task AddAsync(EventKey key, CancellationToken cancellationToken) => await storage.Jobs.UpsertEntityAsync(
        new TableEntity(key.MessageId, RowKey) { ["ErasedAt"] = clock.GetUtcNow() },
        TableUpdateMode.Replace,
        cancellationToken);
}
