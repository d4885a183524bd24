using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace SampleApp;

/// <summary>HTTP functions that show how the host forwards and routes requests, and handles functions that fail, wait or crash the worker.</summary>
public sealed class Requests(ILogger<Requests> logger)
{
    [Function(nameof(Echo))]
    public async Task<IResult> Echo(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "echo/{*rest}")] HttpRequest request, string? rest, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        return Results.Json(new Echoed(
            request.Method,
            rest,
            request.QueryString.Value,
            request.Headers.ToDictionary(header => header.Key, header => header.Value.Select(value => value ?? "").ToArray(), StringComparer.OrdinalIgnoreCase),
            body.Length));
    }

    [Function(nameof(Things))]
    public IResult Things(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "delete", Route = "things/{first}/{second?}")] HttpRequest request,
        string first,
        string? second) => Results.Text($"{first} {second}");

    [Function(nameof(Numbered))]
    public IResult Numbered([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "numbers/{number:int}")] HttpRequest request, string number) =>
        Results.Text(number);

    /// <summary>Has a less specific route than <see cref="ChoiceByExactRoute"/>, and a name that sorts before it.</summary>
    [Function(nameof(ChoiceByAnyRoute))]
    public IResult ChoiceByAnyRoute([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "choice/{id}")] HttpRequest request) => Results.Text("any");

    [Function(nameof(ChoiceByExactRoute))]
    public IResult ChoiceByExactRoute([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "choice/exact")] HttpRequest request) => Results.Text("exact");

    [Function(nameof(WithDefaultRoute))]
    public IResult WithDefaultRoute([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request) => Results.StatusCode(StatusCodes.Status202Accepted);

    [Function(nameof(ForFunctionKey))]
    public IResult ForFunctionKey([HttpTrigger(AuthorizationLevel.Function, "get")] HttpRequest request) => Results.Text("opened");

    [Function(nameof(ForMasterKey))]
    public IResult ForMasterKey([HttpTrigger(AuthorizationLevel.Admin, "get")] HttpRequest request) => Results.Text("opened");

    [Function(nameof(Throws))]
    public IResult Throws([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request)
    {
        request.HttpContext.Response.StatusCode = StatusCodes.Status418ImATeapot;
        throw new InvalidOperationException("As the test asked for.");
    }

    [Function(nameof(ReturnsNothing))]
    public Task ReturnsNothing([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => Task.CompletedTask;

    /// <summary>Waits until it is cancelled, and then returns.</summary>
    [Function(nameof(Waits))]
    public async Task<IResult> Waits([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, CancellationToken cancellationToken)
    {
        logger.LogInformation("Waits began");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        logger.LogInformation("Waits was cancelled");
        return Results.Text("cancelled");
    }

    /// <summary>Waits until the file that the query names exists, and then returns.</summary>
    [Function(nameof(WaitsForFile))]
    public async Task<IResult> WaitsForFile(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, CancellationToken cancellationToken)
    {
        logger.LogInformation("WaitsForFile began");
        await AwaitedFile.ExistsAsync(request.Query["path"], cancellationToken);
        return Results.Text("there");
    }

    /// <summary>Never returns, cancelled or not.</summary>
    [Function(nameof(Hangs))]
    public async Task<IResult> Hangs([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request)
    {
        logger.LogInformation("Hangs began");
        await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
        return Results.Ok();
    }

    /// <summary>Crashes the worker's process.</summary>
    [Function(nameof(Crashes))]
    public IResult Crashes([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request)
    {
        Environment.FailFast("As the test asked for.");
        return Results.Ok();
    }

    /// <summary>Logs the text in the query.</summary>
    [Function(nameof(Logs))]
    public IResult Logs([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request)
    {
        var level = Enum.Parse<LogLevel>(request.Query["level"].ToString());
        logger.Log(level, "{Text}", request.Query["text"].ToString());
        return Results.Ok();
    }

    /// <summary>Logs the text in the query, as <see cref="Logs"/> does. host.json lets only its errors through.</summary>
    [Function(nameof(Quiet))]
    public IResult Quiet([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request) => Logs(request);

    /// <summary>Writes the text in the query to standard output.</summary>
    [Function(nameof(Prints))]
    public IResult Prints([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request)
    {
        Console.WriteLine(request.Query["text"].ToString());
        return Results.Ok();
    }

    /// <summary>Returns a variable of the worker's environment.</summary>
    [Function(nameof(Variable))]
    public IResult Variable([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
        Results.Text(Environment.GetEnvironmentVariable(request.Query["name"].ToString()) ?? "(none)");

    /// <summary>Returns the trace parent that the host passed with the invocation.</summary>
    [Function(nameof(Traced))]
    public IResult Traced([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, FunctionContext context) =>
        Results.Text(context.TraceContext.TraceParent);

    /// <summary>Returns the number of runs of <see cref="Timers.Tick"/>.</summary>
    [Function(nameof(Ticks))]
    public IResult Ticks([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
        Results.Text(Timers.Runs.ToString(CultureInfo.InvariantCulture));

    /// <summary>Answer of <see cref="Echo"/>: the parts of the request that arrived.</summary>
    public sealed record Echoed(string Method, string? Rest, string? Query, Dictionary<string, string[]> Headers, long BodyLength);
}
