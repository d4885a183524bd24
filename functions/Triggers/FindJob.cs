using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;

namespace WebhookFunctions.Triggers;

/// <summary>The row of a job.</summary>
public sealed class FindJob(OperatorRequests requests, EventQueries queries)
{
    [Function(nameof(FindJob))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "jobs/{provider}")] HttpRequest request,
        string provider,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync(nameof(FindJob), request, (id, token) => queries.FindJobAsync(provider, id, token), cancellationToken);
}
