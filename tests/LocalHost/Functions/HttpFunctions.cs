using LocalHost.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LocalHost.Functions;

/// <summary>
/// Serves functions with an <see cref="HttpTriggerAttribute"/>: routes below the prefix of host.json, a method that the function does not
/// name answered 404 as the Functions host does, no keys asked as Core Tools do.
/// </summary>
internal static partial class HttpFunctions
{
    public static void MapHttpFunctions(this IEndpointRouteBuilder endpoints, IEnumerable<DiscoveredFunction> functions, HostJson hostJson)
    {
        var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(HttpFunctions));
        foreach (var function in functions)
        {
            if (function.Trigger is HttpTriggerAttribute trigger)
            {
                var invoker = new FunctionInvoker(function, typeof(HttpRequest), typeof(string));
                endpoints.Map(Pattern(function, trigger, hostJson), context => ServeAsync(function, invoker, context, logger)).WithDisplayName(function.Name);
            }
        }
    }

    /// <summary>The route template, with its prefix.</summary>
    public static string Route(DiscoveredFunction function, HttpTriggerAttribute trigger, HostJson hostJson) =>
        $"{hostJson.RoutePrefix}/{trigger.Route ?? function.Name}".TrimStart('/');

    private static RoutePattern Pattern(DiscoveredFunction function, HttpTriggerAttribute trigger, HostJson hostJson)
    {
        var route = Route(function, trigger, hostJson);
        return trigger.Methods is { Length: > 0 } methods
            ? RoutePatternFactory.Parse(route, defaults: null, parameterPolicies: new { httpMethod = new HttpMethodRouteConstraint(methods) })
            : RoutePatternFactory.Parse(route);
    }

    private static async Task ServeAsync(DiscoveredFunction function, FunctionInvoker invoker, HttpContext context, ILogger logger)
    {
        var invocation = new Invocation(function, context.RequestServices, context.RequestAborted);
        // Where the worker's ASP.NET Core integration keeps it.
        invocation.Items["HttpRequestContext"] = context;
        try
        {
            var result = await invoker.InvokeAsync(
                invocation,
                new Dictionary<Type, object> { [typeof(HttpRequest)] = context.Request },
                name => context.Request.RouteValues.TryGetValue(name, out var value) ? value?.ToString() : null);
            await AnswerAsync(result, context);
        }
        catch (Exception failure)
        {
            // What the worker answers when a function throws: 200 and nothing in it. A sender would take that for "received".
            Log.Threw(logger, function.Name, failure);
            if (!context.Response.HasStarted)
            {
                context.Response.Clear();
            }
        }
    }

    private static Task AnswerAsync(object? result, HttpContext context) => result switch
    {
        null => Task.CompletedTask,
        IResult asResult => asResult.ExecuteAsync(context),
        IActionResult asActionResult => asActionResult.ExecuteResultAsync(new ActionContext { HttpContext = context }),
        _ => throw new NotSupportedException($"An HTTP function returned a {result.GetType().Name}; it may return an IResult or an IActionResult."),
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Function {Function} threw; as in the worker, its caller gets 200 with an empty body")]
        public static partial void Threw(ILogger logger, string function, Exception failure);
    }
}
