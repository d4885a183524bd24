using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Notifications;

namespace WebhookFunctions.Triggers;

/// <summary>Function that sends a test notification to each target.</summary>
public sealed class TestNotification(OperatorRequests requests, NotificationTest test)
{
    [Function(nameof(TestNotification))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "notifications/test")] HttpRequest request, CancellationToken cancellationToken) =>
        requests.AnswerAsync(nameof(TestNotification), request, test.RunAsync, cancellationToken);
}
