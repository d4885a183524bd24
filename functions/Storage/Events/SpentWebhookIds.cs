using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>
/// Store of webhook ids that stay spent after their events were removed. A spent id has had its effect, and later webhooks with it are dropped.
/// Table <c>GenerationJobs</c>: partition <c>{space}:{SHA-256 of the webhook id, hex}</c>, row <c>spent</c>. The hash can confirm a known id but does
/// not reveal which ids are spent.
/// </summary>
public sealed class SpentWebhookIds(StorageClients storage, TimeProvider clock)
{
    public const string RowKey = "spent";

    /// <summary>Returns whether the id is spent. If it is, its webhooks have no effect, whatever their bodies say.</summary>
    public async Task<bool> HasAsync(EventKey key, CancellationToken cancellationToken) =>
        (await storage.Jobs.GetEntityIfExistsAsync<TableEntity>(key.MessageId, RowKey, cancellationToken: cancellationToken)).HasValue;

    /// <summary>Marks the id as spent.</summary>
    public async Task AddAsync(EventKey key, CancellationToken cancellationToken) => await storage.Jobs.UpsertEntityAsync(
        new TableEntity(key.MessageId, RowKey) { ["ErasedAt"] = clock.GetUtcNow() },
        TableUpdateMode.Replace,
        cancellationToken);
}
