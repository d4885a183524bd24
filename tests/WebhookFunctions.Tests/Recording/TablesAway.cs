using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Tests.Recording;

/// <summary>The events' table answers nothing.</summary>
internal sealed class TablesAway : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message)
    {
        if (message.Request.Uri.Path.Contains($"{StorageNames.EventsTable}(", StringComparison.Ordinal))
        {
            throw new RequestFailedException(503, "Away.");
        }
    }
}
