using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;
using WebhookFunctions.Receiving;
using WebhookFunctions.Settings;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Triggers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Receiving;

/// <summary>Bench with the app's receive path, from the trigger to a queue that records messages, and with one test provider.</summary>
internal sealed class ReceiverBench : IAsyncDisposable
{
    public const string Provider = "testing";

    private readonly CapturingServiceBus _bus = new();
    private readonly ServiceProvider _services;

    /// <summary>Creates the bench.</summary>
    /// <param name="verify">The provider's verifier; null for one that accepts every webhook.</param>
    /// <param name="tokens">The URL tokens of the provider; null if it requires none.</param>
    /// <param name="settings">The app's settings.</param>
    public ReceiverBench(
        Func<WebhookRequest, CancellationToken, ValueTask<Verdict>>? verify = null,
        UrlTokens? tokens = null,
        params ReadOnlySpan<(string Name, string? Value)> settings)
    {
        var verifier = new Verifier(verify ?? ((_, _) => ValueTask.FromResult(Verdict.Genuine(SignatureCoverage.RawBody))));
        var endpoint = new WebhookEndpoint(null, verifier) { IsProof = tokens is null, Tokens = tokens };
        var configuration = TestSettings.Configuration(settings);
        _services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(Logs))
            .AddMetrics()
            .AddSingleton(configuration)
            .AddSingleton(TimeProvider.System)
            .AddSingleton(new BlobServiceClient("UseDevelopmentStorage=true"))
            .AddSingleton(new TableServiceClient("UseDevelopmentStorage=true"))
            .AddSingleton<ServiceBusClient>(_bus)
            .AddTelemetry()
            .AddOutbound(configuration)
            .AddMessaging()
            .AddStorage()
            .AddSingleton<IProviderFactory>(new Factory(new TestedProvider(endpoint)))
            .AddSingleton<ProviderCatalog>()
            .AddReceiving(configuration)
            .AddSingleton<ReceiveWebhook>()
            .BuildServiceProvider();
        Measured = new Measurements(_services.GetRequiredService<IMeterFactory>());
    }

    public CapturedLogs Logs { get; } = new();

    public Measurements Measured { get; }

    public BodyMemory Memory => _services.GetRequiredService<BodyMemory>();

    /// <summary>Gets the messages that were enqueued.</summary>
    public IReadOnlyList<ServiceBusMessage> Sent => _bus.Sender(QueueNames.WebhookEvents).Sent;

    public CapturingSender Sender => _bus.Sender(QueueNames.WebhookEvents);

    /// <summary>Posts a body to the function, and returns the answer.</summary>
    public Task<IResult> PostAsync(string body, CancellationToken cancellationToken) => PostAsync(body, query: null, cancellationToken);

    /// <inheritdoc cref="PostAsync(string, CancellationToken)"/>
    public Task<IResult> PostAsync(string body, string? query, CancellationToken cancellationToken) =>
        PostAsync(Request(PipeReader.Create(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body))), query), cancellationToken);

    public Task<IResult> PostAsync(HttpRequest request, CancellationToken cancellationToken) =>
        _services.GetRequiredService<ReceiveWebhook>().RunAsync(request, Provider, null, cancellationToken);

    /// <summary>Posts a body to the route of a provider.</summary>
    public Task<IResult> PostToAsync(string name, string body, CancellationToken cancellationToken) => _services.GetRequiredService<ReceiveWebhook>()
        .RunAsync(Request(PipeReader.Create(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body)))), name, null, cancellationToken);

    /// <summary>Returns a POST whose body is read from <paramref name="body"/>.</summary>
    public static HttpRequest Request(PipeReader body, string? query = null, long? declaredLength = null)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new Body(body));
        context.Request.Method = HttpMethods.Post;
        context.Request.ContentType = "application/json";
        context.Request.ContentLength = declaredLength;
        context.Request.QueryString = query is null ? QueryString.Empty : new QueryString(query);
        return context.Request;
    }

    public async ValueTask DisposeAsync()
    {
        Measured.Dispose();
        await _services.DisposeAsync();
    }

    private sealed record Body(PipeReader Reader) : IRequestBodyPipeFeature;

    private sealed class Verifier(Func<WebhookRequest, CancellationToken, ValueTask<Verdict>> verify) : IWebhookVerifier
    {
        public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) => verify(request, cancellationToken);
    }

    private sealed class Factory(WebhookProvider provider) : IProviderFactory
    {
        public string Name => provider.Name;

        public WebhookProvider Create(ProviderSettings settings) => provider;
    }

    private sealed class TestedProvider(WebhookEndpoint endpoint) : WebhookProvider
    {
        public override string Name => Provider;

        public override IReadOnlyList<WebhookEndpoint> Endpoints { get; } = [endpoint];

        public override IReadOnlyList<string> AssetHosts => [];

        public override string? Identify(WebhookRequest request) => "id";

        public override GenerationEvent Interpret(ReceivedEvent received) => new() { EventType = "test" };
    }
}
