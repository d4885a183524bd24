using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Dashboard;

/// <summary>Registers the services of the page.</summary>
public static class DashboardServices
{
    public static IServiceCollection AddDashboard(this IServiceCollection services) => services.AddSingleton<DashboardPage>();
}
