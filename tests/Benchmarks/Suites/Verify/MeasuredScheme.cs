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
/// A scheme, as the app's own settings make it, with a webhook that it accepts and one that it refuses for its signature alone.
/// </summary>
public abstract class MeasuredScheme
{
    private readonly HeaderDictionary _genuine = [];
    private readonly HeaderDictionary _forged = [];
    private ServiceProvider? _services;
    private IWebhookVerifier? _verifier;

    /// <summary>The body's size.</summary>
    [Params(1, 64, 1024)]
    public int BodyKiB { get; set; }

    /// <summary>The body of the webhook.</summary>
    protected byte[] Body { get; private set; } = [];

    /// <summary>The time that is signed, Unix seconds: now.</summary>
    protected string Timestamp { get; } = $"{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}";

    /// <summary>The provider's name and the address's mode.</summary>
    protected abstract (string Provider, string? Mode) Endpoint { get; }

    /// <summary>The settings that turn the provider on.</summary>
    protected abstract Dictionary<string, string?> Settings { get; }

    /// <summary>Makes the keys and signs <see cref="Body"/>: the headers, and the same with a signature that is well-formed and wrong.</summary>
    protected abstract (Dictionary<string, string> Genuine, string SignatureHeader, string WrongSignature) Sign();

    /// <summary>Starts what the settings name; the default: nothing.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>A body of this scheme's provider.</summary>
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
            : throw new InvalidOperationException($"{provider} is off.");

        // A scheme that took neither, or both, would be measured for nothing.
        var (accepted, refused) = (await AcceptedAsync(), await RefusedAsync());
        if (!accepted.IsGenuine || refused.Rejection != RejectionReason.WrongSignature)
        {
            throw new InvalidOperationException($"{provider} found {accepted.Rejection} and {refused.Rejection}.");
        }
    }

    [GlobalCleanup]
    public virtual async Task CleanUpAsync() => await (_services?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Benchmark]
    public ValueTask<Verdict> AcceptedAsync() => VerifyAsync(_genuine);

    [Benchmark]
    public ValueTask<Verdict> RefusedAsync() => VerifyAsync(_forged);

    /// <summary>A body that begins with the text and is filled up with white space, which JSON allows at its end.</summary>
    protected static byte[] Padded(string json, int bytes) => Encoding.UTF8.GetBytes(json.PadRight(bytes));

    private async ValueTask<Verdict> VerifyAsync(HeaderDictionary headers)
    {
        using var request = new WebhookRequest(headers, Body);
        return await _verifier!.VerifyAsync(request, CancellationToken.None);
    }
}
