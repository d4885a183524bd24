using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// An isolated-worker app for the tests of the local Functions host: each function shows one behaviour that a test checks.
var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
if (File.Exists(Environment.GetEnvironmentVariable("SAMPLE_NO_START")))
{
    throw new InvalidOperationException("This app does not start.");
}

var app = builder.Build();
app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SampleApp").LogInformation("The app starts");
await app.RunAsync();
