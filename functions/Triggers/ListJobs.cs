using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;

namespace WebhookFunctions.Triggers;

/// <summary>Function that lists the jobs of the last days, newest first.</summary>
public sealed class ListJobs(OperatorRequests requests, JobQueries queries)
{
    [Function(nameof(ListJobs))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "jobs")] HttpRequest request, CancellationToken cancellationToken) =>
        requests.AnswerAsync(
            nameof(ListJobs),
            request,
            token => JobListQuery.TryRead(request.Query, out var error) is { } query
                ? queries.ListAsync(query, token)
                : Task.FromResult(OperatorAnswer.BadRequest(error)),
            cancellationToken);
}
