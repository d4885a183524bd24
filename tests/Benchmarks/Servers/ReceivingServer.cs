using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Triggers;

namespace Benchmarks.Servers;

/// <summary>Builder of a Kestrel server that runs the app's receiving function over a given queue.</summary>
internal static class ReceivingServer
{
    /// <summary>Builds the server over <paramref name="queue"/>.</summary>
    public static WebApplication Build(ServiceBusClient queue)
    {
        var builder = ServerHost.CreateBuilder();
        builder.Services.AddSingleton<ReceiveWebhook>();
        builder.Services.AddMeasuredApp(builder.Configuration, queue);
        var app = builder.Build();
        var function = app.Services.GetRequiredService<ReceiveWebhook>();
        app.Map("/api/webhooks/{provider}/{mode?}", context => ReceiveAsync(function, context));
        return app;
    }

    private static async Task ReceiveAsync(ReceiveWebhook function, HttpContext context)
    {
        var answer = await function.RunAsync(
            context.Request,
            (string)context.Request.RouteValues["provider"]!,
            (string?)context.Request.RouteValues["mode"],
            context.RequestAborted);
        await answer.ExecuteAsync(context);
    }
}
