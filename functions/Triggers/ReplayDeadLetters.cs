using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.DeadLetters;

namespace WebhookFunctions.Triggers;

/// <summary>Function that sends dead letters back to their queue.</summary>
public sealed class ReplayDeadLetters(OperatorRequests requests, DeadLetterReplay replay)
{
    [Function(nameof(ReplayDeadLetters))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "dead-letters/{queue}/replay")] HttpRequest request,
        string queue,
        CancellationToken cancellationToken) =>
        requests.AnswerAsync<ReplayRequest>(
            nameof(ReplayDeadLetters), request, ReplayRequest.Expected, (replayRequest, token) => replay.RunAsync(queue, replayRequest, token), cancellationToken);
}
