using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;

namespace WebhookFunctions.Triggers;

/// <summary>Function that returns a job, its assets and its events; with <c>&amp;links=MINUTES</c>, a link to each stored asset.</summary>
public sealed class FindJob(OperatorRequests requests, JobQueries queries)
{
    [Function(nameof(FindJob))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "jobs/{provider}")] HttpRequest request,
        string provider,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync(
            nameof(FindJob),
            request,
            (id, token) => JobLinkOptions.TryRead(request.Query, out var error) is { } options
                ? queries.FindAsync(provider, id, options, token)
                : Task.FromResult(OperatorAnswer.BadRequest(error)),
            cancellationToken);
}
