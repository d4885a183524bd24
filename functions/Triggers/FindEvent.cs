using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;

namespace WebhookFunctions.Triggers;

/// <summary>Function that returns the rows of an event. Its id is in the query, because front ends rewrite <c>%2F</c> and <c>..</c> in a
/// path.</summary>
public sealed class FindEvent(OperatorRequests requests, EventQueries queries)
{
    [Function(nameof(FindEvent))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "events/{space}")] HttpRequest request,
        string space,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync(nameof(FindEvent), request, (id, token) => queries.FindEventAsync(space, id, token), cancellationToken);
}
