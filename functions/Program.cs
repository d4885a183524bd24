using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Hosting;
using WebhookFunctions.Triggers;

var builder = FunctionsApplication.CreateBuilder(args);
// Before the worker's own middleware, whose exception it catches.
builder.UseMiddleware<DisconnectedCallers>();
builder.ConfigureFunctionsWebApplication();
builder.Services.AddWebhookFunctions(builder.Configuration);
// At Information these log addresses with their query strings, which may contain keys and tokens.
builder.Logging
    .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
    .AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);
if (TelemetryExport.IsWanted(builder.Configuration))
{
    builder.Services.AddTelemetryExport(builder.Configuration).UseFunctionsWorkerDefaults();
}

await builder.Build().RunAsync();
