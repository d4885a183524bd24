using System.Security.Cryptography;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>
/// Store of erased jobs, in table <c>GenerationJobs</c>: partition <c>{provider}:{SHA-256 of the job id, hex}</c>, row <c>erased</c>. The hash can
/// confirm a known id but does not reveal which jobs were erased.
/// </summary>
public sealed class JobTombstones(StorageClients storage, TimeProvider clock)
{
    public const string RowKey = "erased";

    /// <summary>Returns whether the job was erased. If it was, nothing of it is kept any more, whatever webhooks arrive.</summary>
    public async Task<bool> HasAsync(string provider, string jobId, CancellationToken cancellationToken) =>
        (await storage.Jobs.GetEntityIfExistsAsync<TableEntity>(PartitionKeyOf(provider, jobId), RowKey, cancellationToken: cancellationToken)).HasValue;

    /// <summary>Marks the job as erased.</summary>
    public async Task AddAsync(string provider, string jobId, CancellationToken cancellationToken) => await storage.Jobs.UpsertEntityAsync(
        new TableEntity(PartitionKeyOf(provider, jobId), RowKey) { ["ErasedAt"] = clock.GetUtcNow() },
        TableUpdateMode.Replace,
        cancellationToken);

    private static string PartitionKeyOf(string provider, string jobId) =>
        $"{provider}:{Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8(jobId)))}";
}
