using FunctionsHost.Functions;
using FunctionsHost.Rpc;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace FunctionsHost.Http;

/// <summary>
/// Forwarder that starts an invocation and sends the request, with the invocation's id, to the worker's own server. If the function throws, no worker
/// is running or the body exceeds the limit, the answer is 500 with an empty body.
/// </summary>
internal sealed partial class WorkerForwarder(IHttpForwarder forwarder, FunctionInvoker invoker, ILogger<WorkerForwarder> logger) : IDisposable
{
    // The header that connects the request with its invocation in the worker.
    private const string InvocationIdHeader = "x-ms-invocation-id";

    private static readonly TypedData EmptyRequest = new() { Http = new RpcHttp() };

    // The Functions host's timeout.
    private static readonly ForwarderRequestConfig Config = new() { ActivityTimeout = TimeSpan.FromSeconds(240) };

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    public async Task ServeAsync(HttpContext context, FunctionDescription function)
    {
        try
        {
            await ReadBodyAsync(context.Request, context.RequestAborted);
            if (await RunAsync(context, function))
            {
                return;
            }
        }
        catch (Exception exception) when (exception is BadHttpRequestException or IOException or OperationCanceledException)
        {
            Log.NotRead(logger, function.Name, exception);
        }

        if (context.Response.HasStarted)
        {
            context.Abort();
        }
        else
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<bool> RunAsync(HttpContext context, FunctionDescription function)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var invocation = invoker.Begin(function, EmptyRequest, RouteValues(context), cancellation.Token);
        if (invocation.Worker is not { HttpAddress: { } address })
        {
            return false;
        }

        context.Request.Headers[InvocationIdHeader] = invocation.Id;
        var error = await forwarder.SendAsync(context, address.ToString(), _client, Config);
        if (error == ForwarderError.None)
        {
            return (await invocation.Result).Succeeded;
        }

        // The worker did not receive the request or did not answer it, so its invocation would wait for ever.
        await cancellation.CancelAsync();
        // A caller who disconnects is no error.
        if (error != ForwarderError.RequestBodyClient && !context.RequestAborted.IsCancellationRequested)
        {
            Log.NotForwarded(logger, function.Name, error, context.GetForwarderErrorFeature()?.Exception);
        }

        return false;
    }

    /// <summary>Reads a body of known length before the function starts, as the Functions host does. Other bodies are streamed to the
    /// worker.</summary>
    /// <exception cref="BadHttpRequestException">The body exceeds the limit, or arrived too slowly.</exception>
    private static async Task ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength is > 0)
        {
            var body = new MemoryStream();
            await request.Body.CopyToAsync(body, cancellationToken);
            body.Position = 0;
            request.Body = body;
        }
    }

    private static IEnumerable<KeyValuePair<string, TypedData>> RouteValues(HttpContext context) => context.GetRouteData().Values
        .Where(value => value.Value is not null)
        .Select(value => KeyValuePair.Create(value.Key, new TypedData { String = value.Value!.ToString() }));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The body of a request for {Function} cannot be read")]
        public static partial void NotRead(ILogger logger, string function, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "The request for {Function} was not forwarded to the worker: {Error}")]
        public static partial void NotForwarded(ILogger logger, string function, ForwarderError error, Exception? exception);
    }
}
