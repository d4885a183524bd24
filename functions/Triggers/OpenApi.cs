using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Operations;

namespace WebhookFunctions.Triggers;

/// <summary>Function that returns the description of every route, which contains nothing that is not in this repository.</summary>
public sealed class OpenApi
{
    [Function(nameof(OpenApi))]
    public IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "openapi.json")] HttpRequest request) => OpenApiDocument.Answer;
}
