using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Dashboard;

/// <summary>Registers what stands behind the page.</summary>
public static class DashboardServices
{
    public static IServiceCollection AddDashboard(this IServiceCollection services) => services.AddSingleton<DashboardPage>();
}
