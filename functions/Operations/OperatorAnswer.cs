using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using WebhookFunctions.Operations.Queries;
using WebhookFunctions.Receiving;

namespace WebhookFunctions.Operations;

/// <summary>
/// Answer to an operator that holds a status and JSON with names in camelCase. An error is a problem as in RFC 9457, whose <c>detail</c> is for a
/// person. The whole answer is built before its first byte is sent.
/// </summary>
public sealed class OperatorAnswer : IResult
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DictionaryKeyPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly ReadOnlyMemory<byte> _body;
    private readonly string _contentType;

    private OperatorAnswer(int status, object body)
        : this(status, JsonSerializer.SerializeToUtf8Bytes(body, Json), MediaTypeNames.Application.Json)
    {
    }

    private OperatorAnswer(int status, ReadOnlyMemory<byte> body, string contentType) => (Status, _body, _contentType) = (status, body, contentType);

    /// <summary>404 without details.</summary>
    public static OperatorAnswer NotFound { get; } = Problem(StatusCodes.Status404NotFound, "The requested resource does not exist.");

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The JSON, in UTF-8.</summary>
    public ReadOnlyMemory<byte> Body => _body;

    /// <summary>Whether the answer carries <c>Retry-After</c>.</summary>
    private bool HasRetryAfter { get; init; }

    /// <summary>200 with the result.</summary>
    public static OperatorAnswer Ok(object body) => new(StatusCodes.Status200OK, body);

    /// <summary>200 with JSON as it was stored, byte for byte. Its headers keep a browser from treating a sender's bytes as anything but
    /// JSON.</summary>
    public static OperatorAnswer Raw(BinaryData body) => new(StatusCodes.Status200OK, body.ToMemory(), MediaTypeNames.Application.Json);

    /// <summary>202: the work has begun, and continues through the queue.</summary>
    public static OperatorAnswer Accepted(object body) => new(StatusCodes.Status202Accepted, body);

    /// <summary>400: <paramref name="detail"/> says what is expected.</summary>
    public static OperatorAnswer BadRequest(string detail) => Problem(StatusCodes.Status400BadRequest, detail);

    /// <summary>409: the request conflicts with the current state.</summary>
    public static OperatorAnswer Conflict(string detail) => Problem(StatusCodes.Status409Conflict, detail);

    /// <summary>503: storage, the broker or a provider's API is unavailable, and <paramref name="detail"/> names it. The caller may retry
    /// later.</summary>
    public static OperatorAnswer Unavailable(string detail) => Unavailable(detail, []);

    /// <summary>503 as <see cref="Unavailable(string)"/>, with the parts that did not answer.</summary>
    public static OperatorAnswer Unavailable(string detail, IEnumerable<PartState> parts) =>
        Problem(StatusCodes.Status503ServiceUnavailable, detail, parts.ToDictionary(part => part.Name, part => part.Error), hasRetryAfter: true);

    /// <summary>503 with a report: something that the app needs is unavailable or misconfigured.</summary>
    public static OperatorAnswer Unhealthy(object body) => new(StatusCodes.Status503ServiceUnavailable, body);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = _contentType;
        response.ContentLength = _body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (HasRetryAfter)
        {
            response.Headers.RetryAfter = ReceiveAnswer.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return HttpMethods.IsHead(httpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(_body).AsTask();
    }

    private static OperatorAnswer Problem(
        int status, string detail, IReadOnlyDictionary<string, string?>? unavailable = null, bool hasRetryAfter = false)
    {
        var problem = new Dictionary<string, object?>
        {
            ["type"] = "about:blank",
            ["title"] = ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
            ["detail"] = detail,
        };
        if (unavailable is not null)
        {
            problem["unavailable"] = unavailable;
        }

        return new OperatorAnswer(status, JsonSerializer.SerializeToUtf8Bytes(problem, Json), MediaTypeNames.Application.ProblemJson)
        {
            HasRetryAfter = hasRetryAfter,
        };
    }
}
