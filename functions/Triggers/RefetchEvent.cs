using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Recovery;

namespace WebhookFunctions.Triggers;

/// <summary>Downloads the assets of an event anew.</summary>
public sealed class RefetchEvent(OperatorRequests requests, EventRefetch refetch)
{
    [Function(nameof(RefetchEvent))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "events/{provider}/refetch")] HttpRequest request,
        string provider,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync(nameof(RefetchEvent), request, id => refetch.RunAsync(provider, id, cancellationToken));
}
