using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Dashboard;

namespace WebhookFunctions.Triggers;

/// <summary>The page on which a person sees the results. Its files hold nothing that this repository does not; what they show comes from the API, which asks for a key.</summary>
public sealed class ShowDashboard(DashboardPage page)
{
    [Function(nameof(ShowDashboard))]
    public IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "dashboard/{*path}")] HttpRequest request, string? path) =>
        page.Answer(request, path);
}
