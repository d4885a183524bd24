using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Triggers;

/// <summary>
/// Middleware that ends an invocation without an error if its caller disconnected before the request reached the worker. The host starts the invocation
/// first and forwards the request then. If the caller disconnects in between, the host cancels the invocation, and the worker's own middleware, which
/// waits for the request, throws. Anyone could cause that error any number of times.
/// </summary>
public sealed partial class DisconnectedCallers(ILogger<DisconnectedCallers> logger) : IFunctionsWorkerMiddleware
{
    /// <exception cref="OperationCanceledException">
    /// The host cancelled an invocation of another kind: a message is redelivered only if its function throws.
    /// </exception>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested && IsHttp(context.FunctionDefinition))
        {
            Log.NotReceived(logger, context.FunctionDefinition.Name);
        }
    }

    private static bool IsHttp(FunctionDefinition function) =>
        function.InputBindings.Values.Any(binding => binding.Type.Equals("httpTrigger", StringComparison.OrdinalIgnoreCase));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Function}: the request was cancelled before it arrived")]
        public static partial void NotReceived(ILogger logger, string function);
    }
}
