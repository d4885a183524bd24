using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace Benchmarks.Downloads;

/// <summary>The app's own way, as its function goes it: from a message of queue <c>asset-downloads</c> to a stored row.</summary>
internal sealed class AppFetcher(IServiceProvider services) : IFetcher
{
    private readonly AssetProcessor _assets = services.GetRequiredService<AssetProcessor>();
    private readonly EventStore _events = services.GetRequiredService<EventStore>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();

    public async Task FetchAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        var message = await AnnounceAsync(order, cancellationToken);
        var outcome = await _assets.ProcessAsync(message, new MessageDelivery(1, $"{Guid.NewGuid()}", DeliveryCount: 1), cancellationToken);
        var row = await _events.FindAssetAsync(message.Event.PartitionKey, message.Row, cancellationToken);
        if (row is not { State: AssetState.Stored } || row.Bytes != order.Bytes)
        {
            throw new InvalidOperationException($"The asset ended as {row?.State}, {outcome.GetType().Name}: {row?.LastError}");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Writes the rows that receiving and recording would have written.</summary>
    private async Task<AssetMessage> AnnounceAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var source = new AssetSource { Name = "video", Url = order.Source.OriginalString };
        var key = EventKey.Create("gemini", $"{Guid.NewGuid()}");
        var said = new GenerationEvent { EventType = "video.generated", JobId = key.WebhookId, Assets = [source] };
        var received = new ReceivedEvent(key, SignatureCoverage.RawBody, now, JsonElement.Parse("{}"));
        var row = AssetRow.Create(key.PartitionKey, 0, source, Assurance.Signed, now);
        await _events.InsertAsync(EventRow.Create(received, said, rawBlob: "", now), [row], cancellationToken);
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
