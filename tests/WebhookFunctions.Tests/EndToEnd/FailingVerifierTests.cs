using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Settings;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Triggers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// Tests of an error of the app on the receive path, in the receiving function with all of the app's services. If an exception left the function, the
/// sender would get 500 with an empty body and without Retry-After.
/// </summary>
public sealed class FailingVerifierTests(AzuriteFixture azurite)
{
    private const string Content = "c0ntent-of-a-webhook";

    [Fact]
    public async Task A_verifier_that_throws_is_answered_503_and_stores_nothing()
    {
        using var logs = new CapturedLogs();
        await using var queue = new CapturingServiceBus();
        await using var services = AppServices.Compose(
            new Dictionary<string, string?> { ["AzureWebJobsStorage"] = await azurite.ConnectionStringAsync() },
            queue,
            services => services
                .AddLogging(logging => logging.AddProvider(logs).SetMinimumLevel(LogLevel.Trace))
                .AddSingleton<IProviderFactory, FailingFactory>());
        var function = ActivatorUtilities.CreateInstance<ReceiveWebhook>(services);
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Method = HttpMethods.Post;
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"a":"{{Content}}"}"""));
        using var body = new MemoryStream();
        context.Response.Body = body;

        var answer = await function.RunAsync(context.Request, FailingProvider.ProviderName, mode: null, TestContext.Current.CancellationToken);
        await answer.ExecuteAsync(context);
        await context.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal((int)HttpStatusCode.ServiceUnavailable, context.Response.StatusCode);
        Assert.Equal(1, context.Response.Headers.RetryAfter.Count);
        Assert.Equal("""{"error":"Try again later."}""", Encoding.UTF8.GetString(body.ToArray()));
        Assert.Empty(queue.Sender(QueueNames.WebhookEvents).Sent);
        Assert.Contains(logs.Errors, line => line.Text.Contains(nameof(InvalidOperationException), StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Text.Contains(Content, StringComparison.Ordinal));
    }

    private sealed class FailingFactory : IProviderFactory
    {
        public string Name => FailingProvider.ProviderName;

        public WebhookProvider Create(ProviderSettings settings) => new FailingProvider();
    }

    private sealed class FailingProvider : WebhookProvider, IWebhookVerifier
    {
        public const string ProviderName = "failing";

        public override string Name => ProviderName;

        public override IReadOnlyList<WebhookEndpoint> Endpoints => [new(null, this)];

        public override IReadOnlyList<string> AssetHosts => [];

        public override string? Identify(WebhookRequest request) => "id";

        public override GenerationEvent Interpret(ReceivedEvent received) => new() { EventType = "test" };

        public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException(Encoding.UTF8.GetString(request.Body.Span));
    }
}
