using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;
using WebhookFunctions.Tests.Verification;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Bench with the providers that the app creates from settings, and a simulated clock.</summary>
internal sealed class ProviderBench : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 7, 25, 12, 0, 0, TimeSpan.Zero);

    private readonly ServiceProvider _services;

    public ProviderBench(params ReadOnlySpan<(string Name, string? Value)> settings)
    {
        var configuration = TestSettings.Configuration([("AZURE_FUNCTIONS_ENVIRONMENT", "Development"), ("Assets__AllowLoopback", "true"), .. settings]);
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(configuration)
            .AddSingleton<TimeProvider>(Clock)
            .AddProviders()
            .AddOutbound(configuration)
            .BuildServiceProvider();
    }

    public FakeTimeProvider Clock { get; } = new(Now);

    public ProviderCatalog Catalog => _services.GetRequiredService<ProviderCatalog>();

    public OutboundHttp Http => _services.GetRequiredService<OutboundHttp>();

    /// <summary>Gets a provider, which must be on.</summary>
    public WebhookProvider this[string name]
    {
        get
        {
            Assert.True(Catalog.TryGet(name, out var provider), $"{name} is off: {Problems(name)}");
            return provider;
        }
    }

    /// <summary>Returns the settings because of which a provider is off.</summary>
    public string Problems(string name) =>
        string.Join("; ", Catalog.All.Single(provider => provider.Name == name).Problems.Select(problem => $"{problem.Setting} {problem.Reason}"));

    /// <summary>Returns a webhook in the form in which it is read from the queue.</summary>
    public static ReceivedEvent Received(string provider, string body, SignatureCoverage coverage = SignatureCoverage.RawBody, string webhookId = "evt") => new(
        EventKey.Create(provider, webhookId), coverage, Now, EventJson.TryParse(Encoding.UTF8.GetBytes(body))!.RootElement)
    {
        IsSharedKey = coverage != SignatureCoverage.RawBody,
    };

    /// <summary>Returns a provider's interpretation of a body.</summary>
    public GenerationEvent Interpret(string provider, string body, SignatureCoverage coverage = SignatureCoverage.RawBody) =>
        this[provider].Interpret(Received(provider, body, coverage));

    /// <summary>Interprets a body and confirms it with the provider's API, if that is necessary.</summary>
    public async Task<Confirmation> ConfirmAsync(string provider, string body, SignatureCoverage coverage)
    {
        var received = Received(provider, body, coverage);
        return await this[provider].ConfirmIfNeededAsync(received, this[provider].InterpretAny(received), TestContext.Current.CancellationToken);
    }

    /// <summary>Verifies a webhook to <c>webhooks/{provider}/{mode}</c>.</summary>
    public async Task<Verdict> VerifyAsync(string provider, string? mode, string body, params (string Name, string? Value)[] headers)
    {
        using var request = WebhookRequests.Create(body, headers);
        return await this[provider].Endpoints.Single(endpoint => endpoint.Mode == mode).Verifier.VerifyAsync(request, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _services.Dispose();
}
