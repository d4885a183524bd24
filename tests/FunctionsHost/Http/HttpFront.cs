using System.Globalization;
using System.Net;
using FunctionsHost.Functions;
using FunctionsHost.Hosting;
using FunctionsHost.Timers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FunctionsHost.Http;

/// <summary>
/// HTTP server of a host. Routes are tried in the order of the functions' names, not of their specificity. A request without a route is answered
/// 404 with an empty body. So is a wrong method, unless the function names no methods. <c>/</c> is answered 204, as by the Functions host without its
/// home page. <c>POST /admin/functions/{name}</c> runs a timer function.
/// </summary>
internal sealed class HttpFront : IAsyncDisposable
{
    /// <summary>The setting of the maximum request body, in bytes. The Functions host reads a whole body before it calls the app.</summary>
    public const string BodySizeSetting = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";

    // The Functions host's default.
    private const long DefaultBodySize = 104_857_600;

    private readonly WebApplication _app;

    private HttpFront(WebApplication app) => _app = app;

    /// <summary>The address: <c>http://127.0.0.1:PORT</c>.</summary>
    public Uri BaseAddress => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <exception cref="FunctionsHostException">The port is not available, or a route is not valid.</exception>
    public static async Task<HttpFront> StartAsync(
        FunctionsHostOptions options,
        HostJson hostJson,
        IReadOnlyDictionary<string, string> settings,
        IReadOnlyList<FunctionDescription> functions,
        IReadOnlyList<TimerListener> timers,
        FunctionInvoker invoker,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodySize(settings);
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        builder.Services.AddRouting();
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton(invoker);
        builder.Services.AddSingleton<WorkerForwarder>();
        var app = builder.Build();
        try
        {
            app.UseRouter(Routes(app, options, hostJson, functions, timers));
            app.Run(context =>
            {
                context.Response.StatusCode = context.Request.Path == "/" ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
            await app.StartAsync(cancellationToken);
            return new HttpFront(app);
        }
        catch (Exception exception)
        {
            await app.DisposeAsync();
            throw exception is IOException ? new FunctionsHostException($"Cannot listen on port {options.Port}: {exception.Message}", exception) : exception;
        }
    }

    /// <summary>Stops accepting connections, and waits for the running requests.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        using var bound = new CancellationTokenSource(limit);
        await _app.StopAsync(bound.Token);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static long BodySize(IReadOnlyDictionary<string, string> settings) =>
        long.TryParse(settings.GetValueOrDefault(BodySizeSetting), CultureInfo.InvariantCulture, out var limit) ? limit : DefaultBodySize;

    // The Functions host also uses this older router of ASP.NET Core, which selects the first route that matches.
    private static IRouter Routes(
        WebApplication app, FunctionsHostOptions options, HostJson hostJson, IReadOnlyList<FunctionDescription> functions, IReadOnlyList<TimerListener> timers)
    {
        var forwarder = app.Services.GetRequiredService<WorkerForwarder>();
        var routes = new RouteBuilder(app);
        routes.MapPost("admin/functions/{name}", context => FireAsync(context, options, timers));
        foreach (var function in functions)
        {
            if (function.Trigger is HttpTrigger trigger)
            {
                routes.Routes.Add(new Route(
                    new RouteHandler(context => ServeAsync(context, function, trigger, options, forwarder)),
                    function.Name,
                    $"{hostJson.RoutePrefix}/{trigger.Route}".TrimStart('/'),
                    defaults: null,
                    trigger.Methods is [] ? null : new Dictionary<string, object> { ["httpMethod"] = new HttpMethodRouteConstraint([.. trigger.Methods]) },
                    dataTokens: null,
                    app.Services.GetRequiredService<IInlineConstraintResolver>()));
            }
        }

        return routes.Build();
    }

    private static Task ServeAsync(
        HttpContext context, FunctionDescription function, HttpTrigger trigger, FunctionsHostOptions options, WorkerForwarder forwarder)
    {
        if (AuthorizationError(options, trigger.Level, context.Request) is { } status)
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }

        return forwarder.ServeAsync(context, function);
    }

    /// <summary>Returns the error status for a request that is not authorized; null if it is.</summary>
    private static int? AuthorizationError(FunctionsHostOptions options, AuthorizationLevel level, HttpRequest request) => options switch
    {
        { Keys: { } keys } => keys.Authorize(level, request) ? null : StatusCodes.Status401Unauthorized,
        { OperatorsAreLocal: true } when level != AuthorizationLevel.Anonymous && !LocalCaller.Made(request) => StatusCodes.Status403Forbidden,
        _ => null,
    };

    // Runs a timer function without waiting for it, as the Functions host does.
    private static Task FireAsync(HttpContext context, FunctionsHostOptions options, IReadOnlyList<TimerListener> timers)
    {
        if (AuthorizationError(options, AuthorizationLevel.Admin, context.Request) is { } status)
        {
            context.Response.StatusCode = status;
        }
        else if (timers.FirstOrDefault(timer => timer.IsNamed((string?)context.GetRouteValue("name"))) is { } timer)
        {
            _ = timer.FireAsync(CancellationToken.None);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }

        return Task.CompletedTask;
    }

    // Host lifetime that handles no signals, because the caller handles them.
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
