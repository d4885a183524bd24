using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddWebhookFunctions(builder.Configuration);
if (TelemetryExport.IsWanted(builder.Configuration))
{
    builder.Services.AddTelemetryExport(builder.Configuration).UseFunctionsWorkerDefaults();

    // The worker's defaults tell the host to leave the worker's logs alone, on the console too (azure-functions-dotnet-worker#3487).
    builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
}

await builder.Build().RunAsync();
