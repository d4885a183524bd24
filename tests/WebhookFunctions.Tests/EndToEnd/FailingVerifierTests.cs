using System.Net;
using System.Text;
using LocalHost.Samples;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Settings;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>
/// A fault of ours on the receive path, in the whole app: an exception that left the function would reach the sender as 200 or 500 with an empty body,
/// and a sender that is told 200 never sends again.
/// </summary>
public sealed class FailingVerifierTests(AzuriteFixture azurite)
{
    private const string Content = "c0ntent-of-a-webhook";

    [Fact]
    public async Task A_verifier_that_throws_answers_503_and_keeps_nothing()
    {
        await using var app = await RunningApp.StartAsync(await azurite.NewAccountAsync(), options => options with
        {
            ConfigureServices = services => services.AddSingleton<IProviderFactory, FailingFactory>(),
        });
        var kept = await app.KeptAsync();
        using var request = WebhookHttp.Request(
            RunningApp.Address(FailingProvider.ProviderName), Encoding.UTF8.GetBytes($$"""{"a":"{{Content}}"}"""), new Dictionary<string, string>());

        using var answer = await app.SendAsync(request);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal("""{"error":"Try again later."}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(kept, await app.KeptAsync());
        Assert.Contains(app.Logs.Errors, line => line.Text.Contains(nameof(InvalidOperationException), StringComparison.Ordinal));
        Assert.DoesNotContain(app.Logs.Lines, line => line.Text.Contains(Content, StringComparison.Ordinal));
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
