using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using EmbeddedServiceBus.Amqp;
using FunctionsHost.Functions;
using FunctionsHost.Hosting;
using LocalHost.Hosting;
using LocalHost.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using WebhookFunctions.Notifications;
using WebhookFunctions.Providers;

namespace LocalHost.Commands;

/// <summary>Command <c>run</c> that runs the app for development and keeps its state over restarts.</summary>
internal static class RunCommand
{
    /// <summary>The default port of Core Tools.</summary>
    public const int DefaultPort = 7071;

    // The log categories of the app's own code, inside and outside of an invocation.
    private static readonly string[] AppCategories = ["Function.*.User", nameof(WebhookFunctions)];

    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "The port of the HTTP functions.", DefaultValueFactory = _ => DefaultPort };
        var data = new Option<string>("--data")
        {
            Description = "The directory that stores the state, so that it survives restarts.",
            DefaultValueFactory = _ => RepositoryPaths.DefaultData,
        };
        var amqp = new Option<int?>("--amqp")
        {
            Description = "The port of the queues for any Service Bus SDK over AMQP 1.0: "
                + $"{AmqpListenerOptions.DefaultPort} unless another is given. Without this option a free port is used.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var keys = new Option<bool>("--keys")
        {
            Description = "Prints keys and requires them, as a deployment does. Use it if others can reach the port, for example through a tunnel.",
        };
        var command = new Command(
            "run", "Runs the app with the settings of the environment and functions/local.settings.json, until Ctrl+C.") { port, data, amqp, keys };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            Port(arguments.GetRequiredValue(port), port),
            Path.GetFullPath(arguments.GetRequiredValue(data)),
            arguments.GetResult(amqp) is null ? 0 : Port(arguments.GetValue(amqp) ?? AmqpListenerOptions.DefaultPort, amqp),
            arguments.GetValue(keys) ? new FunctionKeys(NewKey(), NewKey()) : null,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int port, string data, int amqpPort, FunctionKeys? keys, CancellationToken cancellationToken)
    {
        var settings = LoopbackMedia.AllowUnless(keys is not null, LocalSettings.Read());
        using var directory = DataDirectory.Open(data);
        await using var storage = await DevelopmentStorage.OpenAsync(settings, data, AzuritePorts.Default, cancellationToken);
        await using var app = await LocalHostApp.StartAsync(
            new LocalHostOptions
            {
                Settings = settings,
                Port = port,
                Keys = keys,
                BrokerDirectory = Path.Combine(data, "servicebus"),
                AmqpPort = amqpPort,
                ConfigureLogging = logging => AddLogging(logging, settings),
            },
            cancellationToken);
        WriteFunctions(app, Console.Out);
        var providers = app.Services.GetRequiredService<ProviderCatalog>();
        WriteLines(RunLines.OfProviders(providers, settings, app.BaseAddress));
        WriteLines(app.Services.GetRequiredService<NotifySettings>().ProblemLines);
        Console.Out.WriteLine($"Data: {data}");
        Console.Out.WriteLine($"Storage: {storage.Description}");
        if (AzdEnvironment.Find(RepositoryPaths.Root)?.Differs(settings) is { } difference)
        {
            Console.Out.WriteLine(difference);
        }

        Console.Out.WriteLine($"Worker: {await app.GetWorkerAsync(cancellationToken)}");
        Console.Out.WriteLine($"Service Bus: {app.AmqpConnectionString}");
        if (keys is not null)
        {
            Console.Out.WriteLine($"Function key: {keys.Function}");
            Console.Out.WriteLine($"Master key: {keys.Master}");
        }

        WriteLines(RunLines.ToTry(providers, settings, app.BaseAddress));
        Console.Out.WriteLine($"Results: {app.Dashboard}");
        Console.Out.WriteLine($"Ready: {app.BaseAddress.GetLeftPart(UriPartial.Authority)}");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    private static int Port(int port, Option option) => port is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort
        ? port
        : throw new LocalHostException($"{option.Name} {port} is not a port. Specify one from 1 to {IPEndPoint.MaxPort}, or 0 for a free one.");

    private static void WriteLines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Console.Out.WriteLine(line);
        }
    }

    private static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    // Logs go to standard error, so that standard output contains only the lines that programs read.
    private static void AddLogging(ILoggingBuilder logging, Dictionary<string, string> settings)
    {
        logging.AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.UseUtcTimestamp = true;
            format.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter(category: null, LogLevel.Warning);
        foreach (var category in AppCategories)
        {
            logging.AddFilter(category, LogLevel.Information);
        }

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

    private static string Trigger(FunctionDescription function, LocalHostApp app) => function.Trigger switch
    {
        HttpTrigger http =>
            $"[{(http.Methods is [] ? "ANY" : string.Join(',', http.Methods).ToUpperInvariant())}] {app.BaseAddress}{LocalHostApp.RoutePrefix}/{http.Route}",
        ServiceBusTrigger bus => $"serviceBusTrigger ({bus.Queue})",
        TimerTrigger timer => $"timerTrigger ({timer.Schedule})",
        var other => other.GetType().Name,
    };
}
