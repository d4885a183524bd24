using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;

namespace WebhookFunctions.Triggers;

/// <summary>Function that lists the recent, the unfinished or the failed events, newest first.</summary>
public sealed class ListEvents(OperatorRequests requests, EventQueries queries)
{
    [Function(nameof(ListEvents))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "events")] HttpRequest request, CancellationToken cancellationToken) =>
        requests.AnswerAsync(
            nameof(ListEvents),
            request,
            token => EventListQuery.TryRead(request.Query, out var error) is { } query
                ? queries.ListAsync(query, token)
                : Task.FromResult(OperatorAnswer.BadRequest(error)),
            cancellationToken);
}
