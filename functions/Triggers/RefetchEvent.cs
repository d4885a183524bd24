using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Recovery;

namespace WebhookFunctions.Triggers;

/// <summary>Function that downloads the assets of an event again.</summary>
public sealed class RefetchEvent(OperatorRequests requests, EventRefetch refetch)
{
    [Function(nameof(RefetchEvent))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "events/{space}/refetch")] HttpRequest request,
        string space,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync(nameof(RefetchEvent), request, (id, token) => refetch.RunAsync(space, id, token), cancellationToken);
}
