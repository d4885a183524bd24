using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Receiving;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Operations;

/// <summary>
/// The one place where an operator's request ends in an answer whatever happens: the Functions host answers 500 with an empty body
/// where an HTTP function throws.
/// </summary>
public sealed partial class OperatorRequests(ILogger<OperatorRequests> logger)
{
    /// <summary>The largest body of a request, in bytes: a thousand job ids of a provider have some 40 KB.</summary>
    private const int MaxBodyBytes = 256 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The answer of <paramref name="work"/>; 503 where it throws. Never throws itself.</summary>
    /// <param name="function">The function's name, for the log.</param>
    /// <param name="work">Makes the answer.</param>
    public async Task<IResult> AnswerAsync(string function, Func<Task<OperatorAnswer>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception failure)
        {
            Log.Failed(logger, function, LoggedException.Of(failure));
            return OperatorAnswer.Unavailable;
        }
    }

    /// <summary>
    /// As <see cref="AnswerAsync(string, Func{Task{OperatorAnswer}})"/>, with the query's <c>id</c>, which may hold any character; 400 where it is missing.
    /// </summary>
    public Task<IResult> AnswerAsync(string function, HttpRequest request, Func<string, Task<OperatorAnswer>> work) => AnswerAsync(
        function,
        () => request.Query["id"] is [{ Length: > 0 } id]
            ? work(id)
            : Task.FromResult(OperatorAnswer.BadRequest("Say which one, once: ?id=, percent-encoded.")));

    /// <summary>
    /// As <see cref="AnswerAsync(string, Func{Task{OperatorAnswer}})"/>, with the JSON body; 400 with <paramref name="expected"/> where it is none.
    /// </summary>
    public Task<IResult> AnswerAsync<TBody>(
        string function, HttpRequest request, string expected, Func<TBody, Task<OperatorAnswer>> work, CancellationToken cancellationToken)
        where TBody : class => AnswerAsync(
            function,
            async () => await ReadAsync<TBody>(request, cancellationToken) is { } body ? await work(body) : OperatorAnswer.BadRequest(expected));

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

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Function} could not answer")]
        public static partial void Failed(ILogger logger, string function, LoggedException failure);
    }
}
