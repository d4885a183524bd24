using System.CommandLine;
using FunctionsHost;
using FunctionsHost.Hosting;
using Microsoft.Extensions.Logging;

// More than the host needs to stop, so that it is never killed while it drains.
var stopping = TimeSpan.FromSeconds(60);

var app = new Argument<string>("app") { Description = "The app's assembly in its build output." };
var port = new Option<int>("--port") { Description = "The port of the HTTP functions.", DefaultValueFactory = _ => 7071 };
var root = new RootCommand("Runs an app of the .NET isolated worker, with the environment as its settings, until Ctrl+C.") { app, port };
root.SetAction(async (arguments, cancellationToken) =>
{
    try
    {
        await using var host = await FunctionsHostApp.StartAsync(
            new FunctionsHostOptions
            {
                Assembly = arguments.GetRequiredValue(app),
                Port = arguments.GetRequiredValue(port),
                Settings = ProcessSettings.Read(),
                ConfigureLogging = logging => logging.AddSimpleConsole(console => console.SingleLine = true),
            },
            cancellationToken);
        Console.WriteLine($"Worker: {await host.GetWorkerAsync(cancellationToken)}");
        Console.WriteLine($"Ready: {host.BaseAddress.GetLeftPart(UriPartial.Authority)}");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }
    catch (FunctionsHostException exception)
    {
        await Console.Error.WriteLineAsync(exception.Message);
        return 1;
    }
});
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = stopping });
