using System.Text;
using BenchmarkDotNet.Attributes;
using Benchmarks.Load;
using Benchmarks.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Verification;

namespace Benchmarks.Suites.Verify;

/// <summary>
/// Verification scheme that is configured by the app's own settings, with a webhook that it accepts and one that it rejects only for its signature.
/// </summary>
public abstract class MeasuredScheme
{
    private readonly HeaderDictionary _genuine = [];
    private readonly HeaderDictionary _forged = [];
    private ServiceProvider? _services;
    private IWebhookVerifier? _verifier;

    /// <summary>Gets or sets the body's size, in KiB.</summary>
    [Params(1, 64, 1024)]
    public int BodyKiB { get; set; }

    /// <summary>Gets the body of the webhook.</summary>
    protected byte[] Body { get; private set; } = [];

    /// <summary>Gets the time that is signed: now, in Unix seconds.</summary>
    protected string Timestamp { get; } = $"{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}";

    /// <summary>Gets the provider's name and the mode in its address.</summary>
    protected abstract (string Provider, string? Mode) Endpoint { get; }

    /// <summary>Gets the settings that turn the provider on.</summary>
    protected abstract Dictionary<string, string?> Settings { get; }

    /// <summary>Signs <see cref="Body"/>. Returns the headers, the name of the signature's header, and a well-formed wrong signature.</summary>
    protected abstract (Dictionary<string, string> Genuine, string SignatureHeader, string WrongSignature) Sign();

    /// <summary>Starts the servers that the settings refer to. The default starts none.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Returns a body as this scheme's provider sends it.</summary>
    protected virtual byte[] NewBody(int bytes) => WebhookBody.OfSize(bytes);

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        await PrepareAsync();
        Body = NewBody(BodyKiB * 1024);
        var (headers, signatureHeader, wrongSignature) = Sign();
        foreach (var (name, value) in headers)
        {
            _genuine[name] = value;
            _forged[name] = name == signatureHeader ? wrongSignature : value;
        }

        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(Settings);
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration);
        services.AddMeasuredApp(configuration, new CountingServiceBus());
        _services = services.BuildServiceProvider();
        var (provider, mode) = Endpoint;
        _verifier = _services.GetRequiredService<ProviderCatalog>().TryGet(provider, out var on)
            ? on.Endpoints.Single(endpoint => endpoint.Mode == mode).Verifier
            : throw new InvalidOperationException($"The settings do not turn {provider} on.");

        // A scheme that accepts neither or both would give meaningless figures.
        var (accepted, rejected) = (await AcceptedAsync(), await RefusedAsync());
        if (!accepted.IsGenuine || rejected.Rejection != RejectionReason.WrongSignature)
        {
            throw new InvalidOperationException($"{provider} must accept the genuine webhook ({accepted.Rejection}) and reject the forged one as WrongSignature ({rejected.Rejection}).");
        }
    }

    [GlobalCleanup]
    public virtual async Task CleanUpAsync() => await (_services?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Benchmark]
    public ValueTask<Verdict> AcceptedAsync() => VerifyAsync(_genuine);

    [Benchmark]
    public ValueTask<Verdict> RefusedAsync() => VerifyAsync(_forged);

    /// <summary>Returns a body of the JSON, padded with trailing white space, which JSON allows.</summary>
    protected static byte[] Padded(string json, int bytes) => Encoding.UTF8.GetBytes(json.PadRight(bytes));

    private async ValueTask<Verdict> VerifyAsync(HeaderDictionary headers)
    {
        using var request = new WebhookRequest(headers, Body);
        return await _verifier!.VerifyAsync(request, CancellationToken.None);
    }
}
