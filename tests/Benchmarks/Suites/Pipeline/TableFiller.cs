using System.Diagnostics;
using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace Benchmarks.Suites.Pipeline;

/// <summary>Writer that fills the table of events with rows that the measurement never reads.</summary>
internal sealed class TableFiller(string connectionString)
{
    private const int Concurrency = 16;
    private const int Probes = 50;

    private readonly TableClient _table = new TableServiceClient(connectionString).GetTableClient(StorageNames.EventsTable);

    /// <summary>Adds rows, and returns when the table holds them.</summary>
    public Task FillAsync(int rows, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, rows).Chunk(EventStore.TransactionSize),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
            async (numbers, token) => await _table.SubmitTransactionAsync(
                numbers.Select(number => new TableTransactionAction(TableTransactionActionType.Add, Row($"filler:{numbers[0]}", number))), token));

    /// <summary>
    /// Measures how long Azurite takes to insert a row, read it and replace it, in milliseconds. It shows how much of a slowdown is Azurite's.
    /// </summary>
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
