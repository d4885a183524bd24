using System.Globalization;
using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.DeadLetters;

/// <summary>Store of the sequence numbers that requests for a replay did not reach, and that maintenance replays.</summary>
public sealed class PostponedReplays(StorageClients storage)
{
    /// <summary>Adds sequence numbers of dead letters of <paramref name="queue"/>. Those that are there already stay.</summary>
    public Task AddAsync(string queue, IEnumerable<long> numbers, CancellationToken cancellationToken) =>
        ChangeAsync(TableTransactionActionType.UpsertReplace, queue, numbers, cancellationToken);

    /// <summary>Removes sequence numbers. Only maintenance calls it, so each of them is there.</summary>
    public Task RemoveAsync(string queue, IEnumerable<long> numbers, CancellationToken cancellationToken) =>
        ChangeAsync(TableTransactionActionType.Delete, queue, numbers, cancellationToken);

    /// <summary>Returns the sequence numbers of dead letters of <paramref name="queue"/>, in order.</summary>
    public ValueTask<List<long>> ListAsync(string queue, CancellationToken cancellationToken)
    {
        var partition = PartitionOf(queue);
        return storage.Index.QueryAsync<TableEntity>(row => row.PartitionKey == partition, cancellationToken: cancellationToken)
            .Select(row => long.Parse(row.RowKey, CultureInfo.InvariantCulture))
            .ToListAsync(cancellationToken);
    }

    private async Task ChangeAsync(TableTransactionActionType action, string queue, IEnumerable<long> numbers, CancellationToken cancellationToken)
    {
        foreach (var piece in numbers.Chunk(EventStore.TransactionSize))
        {
            await storage.Index.SubmitTransactionAsync(
                piece.Select(number => new TableTransactionAction(
                    action, new TableEntity(PartitionOf(queue), number.ToString("D19", CultureInfo.InvariantCulture)), ETag.All)),
                cancellationToken);
        }
    }

    private static string PartitionOf(string queue) => $"replays {queue}";
}
