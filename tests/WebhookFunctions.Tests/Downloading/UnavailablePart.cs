using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Pipeline policy that, while it is switched on, makes a part of storage unavailable.</summary>
/// <param name="address">A text that only the addresses of requests to that part contain.</param>
internal sealed class UnavailablePart(string address) : HttpPipelineSynchronousPolicy
{
    public bool IsOn { get; set; }

    public override void OnSendingRequest(HttpMessage message)
    {
        if (IsOn && message.Request.Uri.ToString().Contains(address, StringComparison.OrdinalIgnoreCase))
        {
            throw new RequestFailedException(503, "Away.");
        }
    }
}
