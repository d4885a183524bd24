using Azure;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Kind of a part.</summary>
public enum PartKind
{
    /// <summary>A table of the storage account.</summary>
    Table,

    /// <summary>A blob container of the storage account.</summary>
    Container,

    /// <summary>A queue of the broker.</summary>
    Queue,
}

/// <summary>A part that the app cannot work without.</summary>
/// <param name="Name">Its name, as created by infra.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Probe">Sends it a small request, and throws if it does not answer.</param>
public sealed record AppPart(string Name, PartKind Kind, Func<CancellationToken, Task> Probe);

/// <summary>State of a part.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Error">Why it is unavailable, without any address or secret; null if it answered.</param>
public sealed record PartState(string Name, PartKind Kind, string? Error);

/// <summary>Prober of the parts that the app cannot work without, all of them at once.</summary>
public sealed class AppParts(IReadOnlyList<AppPart> parts, TimeProvider clock)
{
    /// <summary>Returns the app's tables, containers and queues.</summary>
    public static AppParts Create(StorageClients storage, ServiceBusClient serviceBus, TimeProvider clock) => new(
        [
            new(StorageNames.EventsTable, PartKind.Table, token => ProbeAsync(storage.Events, token)),
            new(StorageNames.JobsTable, PartKind.Table, token => ProbeAsync(storage.Jobs, token)),
            new(StorageNames.IndexTable, PartKind.Table, token => ProbeAsync(storage.Index, token)),
            new(StorageNames.AssetsContainer, PartKind.Container, token => storage.Assets.GetPropertiesAsync(cancellationToken: token)),
            new(StorageNames.RawEventsContainer, PartKind.Container, token => storage.RawEvents.GetPropertiesAsync(cancellationToken: token)),
            new(QueueNames.WebhookEvents, PartKind.Queue, token => ProbeAsync(serviceBus, QueueNames.WebhookEvents, token)),
            new(QueueNames.AssetDownloads, PartKind.Queue, token => ProbeAsync(serviceBus, QueueNames.AssetDownloads, token)),
            new(QueueNames.JobNotifications, PartKind.Queue, token => ProbeAsync(serviceBus, QueueNames.JobNotifications, token)),
        ],
        clock);

    /// <summary>Probes every part. Ends within <see cref="OperatorTimes.ProbeTimeout"/>. Throws only if <paramref name="cancellationToken"/> is
    /// cancelled.</summary>
    public async Task<IReadOnlyList<PartState>> ProbeAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(parts.Select(part => ProbeAsync(part, cancellationToken)));

    private async Task<PartState> ProbeAsync(AppPart part, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // The wait has its own timeout, because not every client stops when its token is cancelled.
            await part.Probe(timeout.Token).WaitAsync(OperatorTimes.ProbeTimeout, clock, cancellationToken);
            return new PartState(part.Name, part.Kind, null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (TimeoutException)
        {
            await timeout.CancelAsync();
            return new PartState(part.Name, part.Kind, $"No answer within {OperatorTimes.ProbeTimeout.TotalSeconds} seconds.");
        }
        catch (Exception exception)
        {
            return new PartState(part.Name, part.Kind, Describe(exception));
        }
    }

    private static string Describe(Exception exception) => exception switch
    {
        RequestFailedException { Status: > 0 } storageException => $"{storageException.Status} {storageException.ErrorCode}",
        ServiceBusException brokerException => brokerException.Reason.ToString(),

        // The message may contain an address or a part of a setting.
        _ => exception.GetType().Name,
    };

    // Probes a table with a query. A read of one row would not do: a missing table answers it like a missing row, but a query with an error.
    private static async Task ProbeAsync(TableClient table, CancellationToken cancellationToken)
    {
        await foreach (var _ in table.QueryAsync<TableEntity>("PartitionKey eq 'health'", maxPerPage: 1, cancellationToken: cancellationToken))
        {
            return;
        }
    }

    private static async Task ProbeAsync(ServiceBusClient serviceBus, string queue, CancellationToken cancellationToken)
    {
        await using var receiver = serviceBus.CreateReceiver(queue);
        await receiver.PeekMessageAsync(cancellationToken: cancellationToken);
    }
}
