using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Recovery;

namespace WebhookFunctions.Triggers;

/// <summary>
/// Function that asks a provider's API for jobs whose webhooks were lost. The route of <see cref="ReceiveWebhook"/> excludes this one: the Functions
/// host tries routes in the order of the functions' names, not by how exact they are.
/// </summary>
public sealed class RecoverJobs(OperatorRequests requests, JobRecovery recovery)
{
    [Function(nameof(RecoverJobs))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "webhooks/{provider}/recover")] HttpRequest request,
        string provider,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync<RecoverRequest>(
            nameof(RecoverJobs), request, RecoverRequest.Expected, (recoverRequest, token) => recovery.RunAsync(provider, recoverRequest, token), cancellationToken);
}
