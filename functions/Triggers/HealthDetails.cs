using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;

namespace WebhookFunctions.Triggers;

/// <summary>Function that reports the state of everything that the app needs: names and reasons, never a value.</summary>
public sealed class HealthDetails(OperatorRequests requests, HealthReport report)
{
    [Function(nameof(HealthDetails))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "health/details")] HttpRequest request, CancellationToken cancellationToken) =>
        requests.AnswerAsync(nameof(HealthDetails), request, report.AnswerAsync, cancellationToken);
}
