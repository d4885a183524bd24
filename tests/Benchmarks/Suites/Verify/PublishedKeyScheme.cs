using Benchmarks.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Benchmarks.Suites.Verify;

/// <summary>Scheme of Gemini's dynamic webhooks, whose key is published at an address.</summary>
public abstract class PublishedKeyScheme : MeasuredScheme
{
    private WebApplication? _jwks;

    protected override (string Provider, string? Mode) Endpoint => ("gemini", "dynamic");

    protected override Dictionary<string, string?> Settings => new() { ["GEMINI_JWKS_URL"] = $"{_jwks!.Urls.Single()}/jwks.json" };

    /// <summary>Gets the document (JWKS) that publishes the key.</summary>
    protected abstract string Document { get; }

    public override async Task CleanUpAsync()
    {
        await base.CleanUpAsync();
        await (_jwks?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    protected override async Task PrepareAsync()
    {
        _jwks = ServerHost.CreateBuilder().Build();
        _jwks.Run(context => context.Response.WriteAsync(Document));
        await _jwks.StartAsync();
    }
}
