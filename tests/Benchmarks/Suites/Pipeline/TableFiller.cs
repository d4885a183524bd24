using System.Diagnostics;
using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace Benchmarks.Suites.Pipeline;

/// <summary>Fills the table of events with rows that nobody asks for.</summary>
internal sealed class TableFiller(string connectionString)
{
    private const int AtOnce = 16;
    private const int Probes = 50;

    private readonly TableClient _table = new TableServiceClient(connectionString).GetTableClient(StorageNames.EventsTable);

    /// <summary>Adds so many rows.</summary>
    public Task FillAsync(int rows, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, rows).Chunk(EventStore.TransactionSize),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (numbers, token) => await _table.SubmitTransactionAsync(
                numbers.Select(number => new TableTransactionAction(TableTransactionActionType.Add, Row($"filler:{numbers[0]}", number))), token));

    /// <summary>How long Azurite itself takes to insert a row, read it and write it again, in milliseconds: so its growth is not taken for ours.</summary>
    public async Task<double> ProbeAsync(CancellationToken cancellationToken)
    {
        var partition = $"probe:{Guid.NewGuid()}";
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Probes; i++)
        {
            await _table.AddEntityAsync(Row(partition, i), cancellationToken);
            TableEntity row = await _table.GetEntityAsync<TableEntity>(partition, $"{i}", cancellationToken: cancellationToken);
            await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken);
        }

        return Stopwatch.GetElapsedTime(started).TotalMilliseconds / Probes;
    }

    private static TableEntity Row(string partition, int number) => new(partition, $"{number}")
    {
        ["Provider"] = "sync",
        ["EventType"] = "COMPLETED",
        ["State"] = nameof(EventState.Completed),
        ["AssetsTotal"] = 1,
    };
}
