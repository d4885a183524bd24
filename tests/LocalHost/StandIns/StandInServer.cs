using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LocalHost.StandIns;

/// <summary>Request that a stand-in received.</summary>
/// <param name="PathAndQuery">Path and query, as in the request line.</param>
/// <param name="Headers">The headers by name, in any case.</param>
public sealed record StandInRequest(string PathAndQuery, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Returns a header's value; null if it was not sent.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>
/// Server on 127.0.0.1 that stands in for a provider's API or its storage. It answers by path, records every request, and can be made unavailable.
/// The app accepts its address, <c>http://127.0.0.1:{port}</c>, only with the setting <c>Assets__AllowLoopback</c>.
/// </summary>
public class StandInServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<StandInRequest> _requests = new();
    private readonly WebApplication _app;

    /// <param name="port">The port; 0 selects a free one.</param>
    protected StandInServer(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Gets the scheme, host and port.</summary>
    public string Origin { get; private set; } = "";

    /// <summary>Gets every request, in the order of arrival.</summary>
    public IReadOnlyList<StandInRequest> Requests => [.. _requests];

    /// <summary>Gets or sets a status that answers every request, such as 503 for an unavailable API. If null, requests are answered by path.</summary>
    public int? Outage { get; set; }

    /// <exception cref="IOException">Another process listens at <paramref name="port"/>.</exception>
    public static async Task<StandInServer> StartAsync(int port = 0)
    {
        var server = new StandInServer(port);
        await server.ListenAsync();
        return server;
    }

    /// <summary>Answers GETs of <paramref name="path"/> (percent-decoded, without the query).</summary>
    public StandInServer On(string path, Func<HttpContext, Task> answer)
    {
        _answers[path] = answer;
        return this;
    }

    /// <summary>Answers with a JSON document.</summary>
    public StandInServer OnJson(string path, string json, int status = StatusCodes.Status200OK) => On(path, context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    });

    /// <summary>Answers with bytes.</summary>
    public StandInServer OnBytes(string path, byte[] bytes, string contentType) => On(path, context =>
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes).AsTask();
    });

    /// <summary>Answers with a redirect.</summary>
    public StandInServer OnRedirect(string path, string location) => On(path, context =>
    {
        context.Response.Redirect(location);
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task ListenAsync(CancellationToken cancellationToken = default)
    {
        await _app.StartAsync(cancellationToken);
        Origin = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    private Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        _requests.Enqueue(new StandInRequest(
            request.Path.ToUriComponent() + request.QueryString.ToUriComponent(),
            request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (Outage is { } status)
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }

        if (_answers.TryGetValue(request.Path.Value ?? "", out var answer))
        {
            return answer(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
