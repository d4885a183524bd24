using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Jobs;

/// <summary>
/// Store of the blob name of each asset of a job, in table <c>GenerationJobs</c>: rows <c>asset:{name}</c> in the job's partition. The first worker
/// that learns an asset's type decides the name for all events of the job. Two events that bring the asset at once, even with two types, use one
/// blob.
/// </summary>
public sealed partial class AssetNames(StorageClients storage, ILogger<AssetNames> logger)
{
    private const string Kind = "asset";
    private const string Column = "Blob";

    /// <summary>Returns the name of the asset's blob, which may not exist yet; null if no name is decided.</summary>
    public async Task<string?> FindAsync(string provider, string jobId, string asset, CancellationToken cancellationToken)
    {
        var found = await storage.Jobs.GetEntityIfExistsAsync<TableEntity>(
            JobStore.PartitionKeyOf(provider, jobId), RowKeyOf(asset), cancellationToken: cancellationToken);
        return found.HasValue ? found.Value!.GetString(Column) : null;
    }

    /// <summary>Decides the name of the asset's blob. Returns <paramref name="blob"/>, or the name that was decided before.</summary>
    public async Task<string> DecideAsync(string provider, string jobId, string asset, string blob, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await storage.Jobs.AddEntityAsync(
                    new TableEntity(JobStore.PartitionKeyOf(provider, jobId), RowKeyOf(asset)) { [Column] = blob }, cancellationToken);
                return blob;
            }
            catch (RequestFailedException exception) when (exception.Status == 409)
            {
                // The name is null if the job was erased in between.
                if (await FindAsync(provider, jobId, asset, cancellationToken) is { } name)
                {
                    Log.Decided(logger, JobStore.PartitionKeyOf(provider, jobId), asset);
                    return name;
                }
            }
        }
    }

    /// <summary>Removes the names of all assets of a job.</summary>
    public Task RemoveAllAsync(string provider, string jobId, CancellationToken cancellationToken) => storage.Jobs.DeleteOfPartitionAsync(
        KeyRange.Filter(JobStore.PartitionKeyOf(provider, jobId), Kind), cancellationToken);

    private static string RowKeyOf(string asset) => $"{Kind}:" + KeyEncoding.Encode(asset);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Job}, {Asset}: another event of the job has decided the blob's name; it is used")]
        public static partial void Decided(ILogger logger, string job, string asset);
    }
}
