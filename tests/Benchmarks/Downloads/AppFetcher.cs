using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace Benchmarks.Downloads;

/// <summary>Fetcher that runs the app's own download, from a message of the queue <c>asset-downloads</c> to a stored row, as the function does.</summary>
internal sealed class AppFetcher(IServiceProvider services) : IFetcher
{
    private readonly AssetProcessor _assets = services.GetRequiredService<AssetProcessor>();
    private readonly EventStore _events = services.GetRequiredService<EventStore>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();

    public async Task FetchAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        var message = await InsertRowsAsync(order, cancellationToken);
        var outcome = await _assets.ProcessAsync(message, new MessageDelivery(1, $"{Guid.NewGuid()}", DeliveryCount: 1), cancellationToken);
        var row = await _events.FindAssetAsync(message.Event.PartitionKey, message.Row, cancellationToken);
        if (row is not { State: AssetState.Stored } || row.Bytes != order.Bytes)
        {
            throw new InvalidOperationException($"The asset ended as {row?.State}, {outcome.GetType().Name}: {row?.LastError}");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Inserts the rows that receiving and recording would have written, and returns the message for the asset.</summary>
    private async Task<AssetMessage> InsertRowsAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var source = new AssetSource { Name = "video", Url = order.Source.OriginalString };
        var key = EventKey.Create("gemini", $"{Guid.NewGuid()}");
        var generation = new GenerationEvent { EventType = "video.generated", JobId = key.WebhookId, Assets = [source] };
        var received = new ReceivedEvent(key, SignatureCoverage.RawBody, now, JsonElement.Parse("{}"));
        var row = AssetRow.Create(key.PartitionKey, 0, source, Assurance.Signed, now);
        await _events.InsertAsync(EventRow.Create(received, generation, rawBlob: "", now), [row], cancellationToken);
        return new AssetMessage
        {
            Event = key,
            Row = row.RowKey,
            JobId = key.WebhookId,
            Source = source,
            Assurance = Assurance.Signed,
            ReceivedAt = now,
            QueuedAt = now,
        };
    }
}
