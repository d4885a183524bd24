using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Tests.Recording;

/// <summary>Pipeline policy that makes the table of events unavailable.</summary>
internal sealed class UnavailableTables : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message)
    {
        if (message.Request.Uri.Path.Contains($"{StorageNames.EventsTable}(", StringComparison.Ordinal))
        {
            throw new RequestFailedException(503, "Away.");
        }
    }
}
