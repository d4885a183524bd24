using System.CommandLine;
using EmbeddedServiceBus.Amqp;
using LocalHost.Functions;
using LocalHost.Hosting;
using LocalHost.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace LocalHost.Commands;

/// <summary><c>run</c>: the app for work, its state kept over restarts.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "The port of the HTTP functions.", DefaultValueFactory = _ => 7071 };
        var data = new Option<string>("--data")
        {
            Description = "The directory that the state is kept in over restarts.",
            DefaultValueFactory = _ => RepositoryPaths.DefaultData,
        };
        var amqp = new Option<int?>("--amqp")
        {
            Description = "Serves the queues over AMQP 1.0 as well, so that any Service Bus SDK can look into them: "
                + $"on port {AmqpListenerOptions.DefaultPort} unless another is given.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command(
            "run", "Runs the app with the settings of the environment and functions/local.settings.json, until Ctrl+C.") { port, data, amqp };
        command.SetAction((arguments, cancellationToken) =>
            RunAsync(
                arguments.GetRequiredValue(port),
                Path.GetFullPath(arguments.GetRequiredValue(data)),
                arguments.GetResult(amqp) is null ? null : arguments.GetValue(amqp) ?? AmqpListenerOptions.DefaultPort,
                cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int port, string data, int? amqpPort, CancellationToken cancellationToken)
    {
        var settings = LocalSettings.Read();
        using var directory = DataDirectory.Open(data);
        await using var azurite = await DevelopmentStorage.StartIfNeededAsync(settings, Path.Combine(data, "azurite"), cancellationToken);
        await using var app = await LocalHostApp.StartAsync(
            new LocalHostOptions
            {
                Settings = settings,
                Port = port,
                BrokerDirectory = Path.Combine(data, "servicebus"),
                AmqpPort = amqpPort,
                ConfigureLogging = logging => AddLogging(logging, settings),
            },
            cancellationToken);
        WriteFunctions(app, Console.Out);
        if (app.AmqpConnectionString is { } connectionString)
        {
            Console.Out.WriteLine($"Service Bus: {connectionString}");
        }

        Console.Out.WriteLine($"Ready: {app.BaseAddress.GetLeftPart(UriPartial.Authority)}");
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    // To standard error: what is read by programs stands alone on standard output.
    private static void AddLogging(ILoggingBuilder logging, Dictionary<string, string> settings)
    {
        logging.AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.UseUtcTimestamp = true;
            format.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter(nameof(WebhookFunctions), LogLevel.Information);
        logging.AddFilter(nameof(LocalHost), LogLevel.Information);
        // A failure to start is told by the command itself.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        if (settings.TryGetValue("Logging__LogLevel__Default", out var level) && Enum.TryParse<LogLevel>(level, ignoreCase: true, out var minimum))
        {
            logging.AddFilter(category: null, minimum);
        }
    }

    private static void WriteFunctions(LocalHostApp app, TextWriter output)
    {
        output.WriteLine("Functions:");
        foreach (var function in app.Functions)
        {
            output.WriteLine();
            output.WriteLine($"        {function.Name}: {Trigger(function, app)}");
        }

        output.WriteLine();
    }

    private static string Trigger(DiscoveredFunction function, LocalHostApp app) => function.Trigger switch
    {
        HttpTriggerAttribute http =>
            $"[{(http.Methods is { Length: > 0 } methods ? string.Join(',', methods).ToUpperInvariant() : "ANY")}] "
            + $"{app.BaseAddress}{HttpFunctions.Route(function, http, app.HostJson)}",
        ServiceBusTriggerAttribute bus => $"serviceBusTrigger ({bus.QueueName})",
        TimerTriggerAttribute timer => $"timerTrigger ({timer.Schedule})",
        var other => other.GetType().Name,
    };
}
