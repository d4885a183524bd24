using Azure;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Providers;
using WebhookFunctions.Settings;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Looks at everything that the app needs, all of it at once.</summary>
public sealed class HealthReport(StorageClients storage, ServiceBusClient serviceBus, ProviderCatalog providers, TimeProvider clock)
{
    /// <summary>What has not answered after this is bad.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>200 where all is well, 503 where one part is not. A provider that has no settings is off, and one whose events nothing proves is weak: both are as configured.</summary>
    public async Task<OperatorAnswer> AnswerAsync(CancellationToken cancellationToken)
    {
        var checks = await Task.WhenAll(
            CheckAsync(StorageNames.EventsTable, token => CheckAsync(storage.Events, token), cancellationToken),
            CheckAsync(StorageNames.JobsTable, token => CheckAsync(storage.Jobs, token), cancellationToken),
            CheckAsync(StorageNames.IndexTable, token => CheckAsync(storage.Index, token), cancellationToken),
            CheckAsync(StorageNames.AssetsContainer, token => storage.Assets.GetPropertiesAsync(cancellationToken: token), cancellationToken),
            CheckAsync(StorageNames.RawEventsContainer, token => storage.RawEvents.GetPropertiesAsync(cancellationToken: token), cancellationToken),
            CheckAsync(QueueNames.WebhookEvents, token => CheckAsync(QueueNames.WebhookEvents, token), cancellationToken),
            CheckAsync(QueueNames.AssetDownloads, token => CheckAsync(QueueNames.AssetDownloads, token), cancellationToken));
        var configured = providers.All.ToDictionary(provider => provider.Name, Describe);
        var isHealthy = checks.All(check => check.State.Status == PartStatus.Ok) && configured.Values.All(provider => provider.Status != PartStatus.Bad);
        var body = new
        {
            status = isHealthy ? PartStatus.Ok : PartStatus.Bad,
            storage = checks[..5].ToDictionary(check => check.Name, check => check.State),
            queues = checks[5..].ToDictionary(check => check.Name, check => check.State),
            providers = configured,
        };
        return isHealthy ? OperatorAnswer.Ok(body) : OperatorAnswer.Unhealthy(body);
    }

    private static ProviderState Describe(ConfiguredProvider provider) => new(
        provider.Problems.Count > 0 ? PartStatus.Bad
            : provider.Provider is null ? PartStatus.Off
            : provider.Weakness is not null ? PartStatus.Weak
            : PartStatus.Ok,
        provider.Problems,
        provider.Weakness);

    private async Task<(string Name, PartState State)> CheckAsync(string name, Func<CancellationToken, Task> look, CancellationToken cancellationToken)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // Not every client gives up as soon as it is told to.
            await look(given.Token).WaitAsync(Patience, clock, cancellationToken);
            return (name, new PartState(PartStatus.Ok, null));
        }
        catch (TimeoutException)
        {
            await given.CancelAsync();
            return (name, new PartState(PartStatus.Bad, $"No answer within {Patience.TotalSeconds} seconds."));
        }
        catch (RequestFailedException refused)
        {
            return (name, new PartState(PartStatus.Bad, $"{refused.Status} {refused.ErrorCode}"));
        }
        catch (ServiceBusException refused)
        {
            return (name, new PartState(PartStatus.Bad, refused.Reason.ToString()));
        }
        catch (Exception failure)
        {
            // Its message may hold an address or a part of a setting.
            return (name, new PartState(PartStatus.Bad, failure.GetType().Name));
        }
    }

    // A table that is not there answers a question for one row like one that lacks the row, and a query with an error.
    private static async Task CheckAsync(TableClient table, CancellationToken cancellationToken)
    {
        await foreach (var _ in table.QueryAsync<TableEntity>("PartitionKey eq 'health'", maxPerPage: 1, cancellationToken: cancellationToken))
        {
            return;
        }
    }

    private async Task CheckAsync(string queue, CancellationToken cancellationToken)
    {
        await using var receiver = serviceBus.CreateReceiver(queue);
        await receiver.PeekMessageAsync(cancellationToken: cancellationToken);
    }

    private sealed record PartState(PartStatus Status, string? Error);

    private sealed record ProviderState(PartStatus Status, IReadOnlyList<SettingProblem> Problems, string? Note);

    /// <summary>How a part is.</summary>
    private enum PartStatus
    {
        /// <summary>It answered, or is configured.</summary>
        Ok,

        /// <summary>A provider without settings.</summary>
        Off,

        /// <summary>A provider whose events nothing proves. It works as configured, so the report is none of a failure.</summary>
        Weak,

        /// <summary>It did not answer, or its settings are unsound.</summary>
        Bad,
    }
}
