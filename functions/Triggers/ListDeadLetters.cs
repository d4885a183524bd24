using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.DeadLetters;

namespace WebhookFunctions.Triggers;

/// <summary>Function that lists the dead letters of a queue without removing any.</summary>
public sealed class ListDeadLetters(OperatorRequests requests, DeadLetterListing deadLetters)
{
    [Function(nameof(ListDeadLetters))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "dead-letters/{queue}")] HttpRequest request,
        string queue,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync(nameof(ListDeadLetters), request, token => deadLetters.ListAsync(queue, request.Query["cursor"], token), cancellationToken);
}
