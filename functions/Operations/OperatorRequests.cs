using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Operations.Queries;
using WebhookFunctions.Receiving;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations;

/// <summary>
/// Guard around operators' requests that always answers, and in time. Without it, the Functions host would answer 500 with an empty body if an HTTP
/// function threw, and wait for minutes if one hung.
/// </summary>
public sealed partial class OperatorRequests(AppParts parts, TimeProvider clock, ILogger<OperatorRequests> logger)
{
    /// <summary>The largest request body, in bytes. A thousand job ids take some 40 KB.</summary>
    private const int MaxBodyBytes = 256 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>
    /// Returns the answer of <paramref name="work"/>. If it throws or takes too long, returns 503 with what is unavailable. Never throws.
    /// </summary>
    /// <param name="function">The function's name, for the log.</param>
    /// <param name="request">The request.</param>
    /// <param name="work">
    /// Makes the answer. Its token is cancelled at the deadline or when the caller disconnects, and the work is then no longer awaited. Writes that
    /// belong together ignore the token, and complete after the answer.
    /// </param>
    /// <param name="invocation">Cancelled when the host stops.</param>
    public async Task<IResult> AnswerAsync(
        string function, HttpRequest request, Func<CancellationToken, Task<OperatorAnswer>> work, CancellationToken invocation)
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(invocation, request.HttpContext.RequestAborted);
        var cancellationToken = cancelled.Token;
        using var abandonment = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = Start(work, abandonment.Token);
        try
        {
            // The wait has its own timeout, because not every client stops when its token is cancelled.
            return await working.WaitAsync(OperatorTimes.Deadline, clock, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            await AbandonAsync(function, working, abandonment);
            return OperatorAnswer.Unavailable("The request was cancelled.");
        }
        catch (TimeoutException) when (!working.IsCompleted)
        {
            await AbandonAsync(function, working, abandonment);
            return await UnavailableAsync(function, $"did not end within {OperatorTimes.Deadline.TotalSeconds} seconds", cancellationToken);
        }
        catch (Exception exception)
        {
            Log.Cause(logger, function, LoggedException.From(exception));
            return await UnavailableAsync(function, $"failed ({LoggedException.ReasonOf(exception)})", cancellationToken);
        }
    }

    /// <summary>
    /// Does the same as <see cref="AnswerAsync(string, HttpRequest, Func{CancellationToken, Task{OperatorAnswer}}, CancellationToken)"/>, with the
    /// query's <c>id</c>, which may hold any character. Answers 400 if it is missing.
    /// </summary>
    public Task<IResult> AnswerAsync(
        string function, HttpRequest request, Func<string, CancellationToken, Task<OperatorAnswer>> work, CancellationToken cancellationToken) => AnswerAsync(
        function,
        request,
        token => request.Query["id"] is [{ Length: > 0 } id]
            ? work(id, token)
            : Task.FromResult(OperatorAnswer.BadRequest("Exactly one percent-encoded \"id\" query parameter is required.")),
        cancellationToken);

    /// <summary>
    /// Does the same as <see cref="AnswerAsync(string, HttpRequest, Func{CancellationToken, Task{OperatorAnswer}}, CancellationToken)"/>, with the
    /// JSON body. Answers 400 with <paramref name="expected"/> if the body is not of that form.
    /// </summary>
    public Task<IResult> AnswerAsync<TBody>(
        string function,
        HttpRequest request,
        string expected,
        Func<TBody, CancellationToken, Task<OperatorAnswer>> work,
        CancellationToken cancellationToken)
        where TBody : class => AnswerAsync(
            function,
            request,
            async token => await ReadAsync<TBody>(request, token) is { } body ? await work(body, token) : OperatorAnswer.BadRequest(expected),
            cancellationToken);

    private static async Task<TBody?> ReadAsync<TBody>(HttpRequest request, CancellationToken cancellationToken)
        where TBody : class
    {
        if (await ReceivedBody.ReadAsync(request, MaxBodyBytes, memory: null, cancellationToken) is not BodyReadResult.Whole(var body))
        {
            return null;
        }

        using var whole = body;
        try
        {
            return JsonSerializer.Deserialize<TBody>(body.Bytes.Span, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // An exception before the first await is treated like a later one.
    private static async Task<OperatorAnswer> Start(Func<CancellationToken, Task<OperatorAnswer>> work, CancellationToken cancellationToken) =>
        await work(cancellationToken);

    private async Task AbandonAsync(string function, Task<OperatorAnswer> working, CancellationTokenSource abandonment)
    {
        await abandonment.CancelAsync();
        _ = ObserveAsync(function, working);
    }

    private async Task ObserveAsync(string function, Task<OperatorAnswer> working)
    {
        try
        {
            await working;
        }
        catch (Exception exception)
        {
            Log.CompletedLate(logger, function, LoggedException.From(exception));
        }
    }

    private async Task<OperatorAnswer> UnavailableAsync(string function, string what, CancellationToken cancellationToken)
    {
        try
        {
            var unavailable = (await parts.ProbeAsync(cancellationToken)).Where(part => part.Error is not null).ToList();
            var names = string.Join(", ", unavailable.Select(part => part.Kind).Distinct().Select(NameOf));
            Log.Failed(logger, function, what, names.Length == 0 ? "nothing" : names);
            return OperatorAnswer.Unavailable(
                names.Length == 0
                    ? $"{function} {what}, but storage and the broker are available. The log names the failure. Try again later."
                    : $"{function} {what}. Unavailable: {names}. Try again later.",
                unavailable);
        }
        catch (OperationCanceledException)
        {
            return OperatorAnswer.Unavailable("The request was cancelled.");
        }
    }

    private static string NameOf(PartKind kind) => kind switch
    {
        PartKind.Table => "storage tables",
        PartKind.Container => "storage blobs",
        _ => "the broker",
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Function} {What} and was answered 503; unavailable: {Parts}")]
        public static partial void Failed(ILogger logger, string function, string what, string parts);

        [LoggerMessage(2, LogLevel.Debug, "{Function} failed")]
        public static partial void Cause(ILogger logger, string function, LoggedException exception);

        [LoggerMessage(3, LogLevel.Debug, "{Function} completed after it was answered")]
        public static partial void CompletedLate(ILogger logger, string function, LoggedException exception);
    }
}
