using System.Security.Cryptography;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>
/// Jobs that were erased, in table <c>GenerationJobs</c>: partition <c>{provider}:{SHA-256 of the job id, hex}</c>, row <c>erased</c>.
/// It tells whether a job that one knows was erased, and not which jobs were.
/// </summary>
public sealed class JobTombstones(StorageClients storage, TimeProvider clock)
{
    public const string RowKey = "erased";

    /// <summary>Whether the job was erased: then nothing of it is kept any more, whatever comes.</summary>
    public async Task<bool> HasAsync(string provider, string jobId, CancellationToken cancellationToken) =>
        (await storage.Jobs.GetEntityIfExistsAsync<TableEntity>(PartitionKeyOf(provider, jobId), RowKey, cancellationToken: cancellationToken)).HasValue;

    /// <summary>From here on the job counts as erased.</summary>
    public async Task AddAsync(string provider, string jobId, CancellationToken cancellationToken) => await storage.Jobs.UpsertEntityAsync(
        new TableEntity(PartitionKeyOf(provider, jobId), RowKey) { ["ErasedAt"] = clock.GetUtcNow() },
        TableUpdateMode.Replace,
        cancellationToken);

    private static string PartitionKeyOf(string provider, string jobId) =>
        $"{provider}:{Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8(jobId)))}";
}
