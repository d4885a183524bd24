using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Erasure;

namespace WebhookFunctions.Triggers;

/// <summary>Function that erases everything about a job, because prompts and voices are personal data.</summary>
public sealed class EraseJob(OperatorRequests requests, JobErasure erasure)
{
    [Function(nameof(EraseJob))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "delete", Route = "jobs/{provider}")] HttpRequest request,
        string provider,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync(nameof(EraseJob), request, (id, token) => erasure.EraseAsync(provider, id, token), cancellationToken);
}
