using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Recovery;

namespace WebhookFunctions.Triggers;

/// <summary>
/// Asks a provider's API for jobs whose webhooks never came. <see cref="ReceiveWebhook"/> leaves this route out: the Functions host tries
/// routes in the order of the functions' names, whichever is the more exact.
/// </summary>
public sealed class RecoverJobs(OperatorRequests requests, JobRecovery recovery)
{
    [Function(nameof(RecoverJobs))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "webhooks/{provider}/recover")] HttpRequest request,
        string provider,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync<RecoverRequest>(
            nameof(RecoverJobs), request, RecoverRequest.Expected, (asked, token) => recovery.RunAsync(provider, asked, token), cancellationToken);
}
