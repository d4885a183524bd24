using System.Reflection;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using FunctionsHost;
using FunctionsHost.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.FunctionsHosting;

/// <summary>Functions host that runs the sample app (<c>tests/FunctionsHost.SampleApp</c>) in a worker process, with a separate broker.</summary>
internal sealed class SampleHost : IAsyncDisposable
{
    public const string Queue = "sample";

    /// <summary>The queue whose messages the host completes.</summary>
    public const string AutoCompleteQueue = $"{Queue}-auto-complete";

    private readonly AmqpListener _amqp;

    private SampleHost(FunctionsHostApp app, EmbeddedBroker broker, AmqpListener amqp, CapturedLogs logs)
    {
        (App, Broker, _amqp, Logs) = (app, broker, amqp, logs);
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app.BaseAddress };
    }

    /// <summary>Gets the path of the sample app's assembly, in its build output.</summary>
    public static string Assembly { get; } = typeof(SampleHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "SampleApp").Value!;

    public FunctionsHostApp App { get; }

    public EmbeddedBroker Broker { get; }

    public CapturedLogs Logs { get; }

    /// <summary>Gets a client with the host's root, without <c>/api</c>, as its base address.</summary>
    public HttpClient Http { get; }

    /// <summary>Returns the settings of the sample app.</summary>
    public static Dictionary<string, string> Settings(string serviceBus) => new()
    {
        ["ServiceBusConnection"] = serviceBus,
        ["SAMPLE_QUEUE"] = Queue,
        ["TICK_SCHEDULE"] = "0 */5 * * * *",
    };

    public static async Task<SampleHost> StartAsync(Func<FunctionsHostOptions, FunctionsHostOptions>? change = null, int maxDeliveryCount = 10)
    {
        var logs = new CapturedLogs();
        var broker = EmbeddedBroker.Open(new BrokerOptions
        {
            Queues = [new QueueOptions { Name = Queue, MaxDeliveryCount = maxDeliveryCount }, new QueueOptions { Name = AutoCompleteQueue }],
        });
        var amqp = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0 });
        try
        {
            var options = new FunctionsHostOptions
            {
                Assembly = Assembly,
                Settings = Settings(amqp.ConnectionString),
                ConfigureLogging = logging => logging.Services.AddSingleton<ILoggerProvider>(logs),
            };
            return new SampleHost(await FunctionsHostApp.StartAsync(change?.Invoke(options) ?? options, BoundedTest.Token), broker, amqp, logs);
        }
        catch
        {
            await amqp.DisposeAsync();
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends one message.</summary>
    public Task SendAsync(string queue, BrokerMessage message) => Broker.SendAsync(queue, [message], BoundedTest.Token);

    /// <summary>Waits for a log line that matches, and returns the first.</summary>
    public async Task<LogLine> LoggedAsync(Func<LogLine, bool> matches, string what) =>
        (await Eventually.GetAsync(() => Task.FromResult(Logs.Lines.FirstOrDefault(matches)), line => line is not null, what))!;

    public async Task<string> GetTextAsync(string path) => await Http.GetStringAsync(new Uri(path, UriKind.Relative), BoundedTest.Token);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
        await _amqp.DisposeAsync();
        await Broker.DisposeAsync();
    }
}
