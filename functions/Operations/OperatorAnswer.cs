using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Operations.Queries;
using WebhookFunctions.Receiving;

namespace WebhookFunctions.Operations;

/// <summary>What an operator is told: a status and JSON, names in camelCase. It is whole before the first byte leaves.</summary>
public sealed class OperatorAnswer : IResult
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DictionaryKeyPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly byte[] _body;

    private OperatorAnswer(int status, object body) => (Status, _body) = (status, JsonSerializer.SerializeToUtf8Bytes(body, Json));

    /// <summary>No such thing, and no word more.</summary>
    public static OperatorAnswer NotFound { get; } = new(StatusCodes.Status404NotFound, new { error = "Not found." });

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The JSON, in UTF-8.</summary>
    public ReadOnlyMemory<byte> Body => _body;

    /// <summary>Whether the caller is told when to try again.</summary>
    private bool IsForLater { get; init; }

    /// <summary>It is so.</summary>
    public static OperatorAnswer Ok(object body) => new(StatusCodes.Status200OK, body);

    /// <summary>It was begun and goes on by way of the queue.</summary>
    public static OperatorAnswer Accepted(object body) => new(StatusCodes.Status202Accepted, body);

    /// <summary>The request cannot be understood: <paramref name="error"/> says what to write instead.</summary>
    public static OperatorAnswer BadRequest(string error) => new(StatusCodes.Status400BadRequest, new { error });

    /// <summary>What was asked for is not possible as things are.</summary>
    public static OperatorAnswer Conflict(string error) => new(StatusCodes.Status409Conflict, new { error });

    /// <summary>Storage, the broker or a provider's API is unavailable: <paramref name="error"/> names it. The caller may retry later.</summary>
    public static OperatorAnswer Unavailable(string error) => Unavailable(error, []);

    /// <summary>As <see cref="Unavailable(string)"/>, with the parts that did not answer.</summary>
    public static OperatorAnswer Unavailable(string error, IEnumerable<PartState> parts) =>
        new(StatusCodes.Status503ServiceUnavailable, new { error, unavailable = parts.ToDictionary(part => part.Name, part => part.Error) })
        {
            IsForLater = true,
        };

    /// <summary>Something that the app needs is not as it should be.</summary>
    public static OperatorAnswer Unhealthy(object body) => new(StatusCodes.Status503ServiceUnavailable, body);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        response.ContentLength = _body.Length;
        response.Headers.CacheControl = "no-store";
        if (IsForLater)
        {
            response.Headers.RetryAfter = ReceiveAnswer.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return HttpMethods.IsHead(httpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(_body).AsTask();
    }
}
