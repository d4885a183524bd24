using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Dashboard;

namespace WebhookFunctions.Triggers;

/// <summary>Function that serves the web page that shows the results. Its files contain nothing that is not in this repository. Their data
/// comes from the API, which requires a key.</summary>
public sealed class ShowDashboard(DashboardPage page)
{
    [Function(nameof(ShowDashboard))]
    public IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "dashboard/{*path}")] HttpRequest request, string? path) =>
        page.Answer(request, path);
}
