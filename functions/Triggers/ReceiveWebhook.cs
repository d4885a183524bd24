using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Receiving;

namespace WebhookFunctions.Triggers;

/// <summary>
/// Every provider's webhooks. No method is named, so that a wrong one is answered 405 by us; the signature is what authorizes.
/// </summary>
public sealed class ReceiveWebhook(WebhookReceiver receiver)
{
    [Function(nameof(ReceiveWebhook))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "webhooks/{provider}/{mode:regex(^(?!recover$))?}")] HttpRequest request,
        string provider,
        string? mode,
        CancellationToken cancellationToken)
    {
        try
        {
            return await receiver.ReceiveAsync(request, provider, mode, cancellationToken);
        }
        catch (Exception)
        {
            // Where even the logging and counting of a failure fails, for want of memory: the Functions host answers an exception 500, without Retry-After.
            return ReceiveAnswer.Unavailable;
        }
    }
}
