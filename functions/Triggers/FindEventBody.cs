using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;

namespace WebhookFunctions.Triggers;

/// <summary>Function that returns the body of a webhook, byte for byte as received. It may contain secrets of the provider's, such as signed links,
/// so it requires the master key.</summary>
public sealed class FindEventBody(OperatorRequests requests, EventQueries queries)
{
    [Function(nameof(FindEventBody))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "get", Route = "events/{space}/body")] HttpRequest request,
        string space,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync(nameof(FindEventBody), request, (id, token) => queries.FindBodyAsync(space, id, token), cancellationToken);
}
