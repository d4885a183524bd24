using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Receiving;

namespace WebhookFunctions.Triggers;

/// <summary>
/// Function that receives every provider's webhooks. No method is named, so that the app itself answers a wrong one with 405. The signature
/// authorizes the request.
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
            // If memory is exhausted, even logging and counting a failure may fail. The Functions host would answer the exception with 500, without
            // Retry-After.
            return ReceiveAnswer.Unavailable;
        }
    }
}
