using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;

namespace WebhookFunctions.Triggers;

/// <summary>The description of every route. It holds nothing that this repository does not.</summary>
public sealed class OpenApi
{
    [Function(nameof(OpenApi))]
    public IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "openapi.json")] HttpRequest request) => OpenApiDocument.Answer;
}
