using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Triggers;

/// <summary>Function that downloads assets into Blob Storage.</summary>
public sealed class DownloadAsset(AssetProcessor assets, MessageSettlement settlement, TimeProvider clock)
{
    [Function(nameof(DownloadAsset))]
    public async Task RunAsync(
        [ServiceBusTrigger(QueueNames.AssetDownloads, Connection = QueueNames.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var delivery = MessageDelivery.From(message);
        await settlement.RunAsync(
            QueueNames.AssetDownloads,
            message,
            actions,
            AssetMessage.Read,
            read => assets.ProcessAsync(read, delivery, cancellationToken),
            () => assets.TakeOverAsync(started, delivery, cancellationToken));
    }
}
