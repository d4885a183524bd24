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
        [ServiceBusTrigger(Queues.AssetDownloads, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        settlement.RunAsync(
            Queues.AssetDownloads,
            message,
            actions,
            AssetMessage.Read,
            read => assets.ProcessAsync(read, MessageDelivery.Of(message), cancellationToken));
}
