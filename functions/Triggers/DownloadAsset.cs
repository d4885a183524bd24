using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Triggers;

/// <summary>Brings assets into Blob Storage.</summary>
public sealed class DownloadAsset(AssetProcessor assets, MessageSettlement settlement)
{
    [Function(nameof(DownloadAsset))]
    public Task RunAsync(
        [ServiceBusTrigger(QueueNames.AssetDownloads, Connection = QueueNames.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        settlement.RunAsync(
            QueueNames.AssetDownloads,
            message,
            actions,
            AssetMessage.Read,
            read => assets.ProcessAsync(read, MessageDelivery.Of(message), cancellationToken));
}
