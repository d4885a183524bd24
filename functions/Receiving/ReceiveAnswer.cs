using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace WebhookFunctions.Receiving;

/// <summary>
/// HTTP answer to the sender of a webhook that has a constant text for each status. The text reveals neither the configuration nor what was wrong.
/// </summary>
public sealed class ReceiveAnswer : IResult
{
    /// <summary>The <c>Retry-After</c> of a 503, in seconds. A failover of storage or of the broker takes about as long.</summary>
    public const int RetryAfterSeconds = 30;

    private readonly int _status;
    private readonly byte[] _body;

    private readonly string _contentType;

    private ReceiveAnswer(int status, ReadOnlySpan<byte> body, string contentType = "application/json") =>
        (_status, _body, _contentType) = (status, body.ToArray(), contentType);

    /// <summary>200: the event is kept, by this request or by an earlier one.</summary>
    public static ReceiveAnswer Received { get; } = new(StatusCodes.Status200OK, """{"received":true}"""u8);

    /// <summary>204: the address exists. It answers a service that probes the address before it sends.</summary>
    public static ReceiveAnswer Ready { get; } = new(StatusCodes.Status204NoContent, []);

    /// <summary>400: the request is not proven to be the provider's, or is not a webhook.</summary>
    public static ReceiveAnswer BadRequest { get; } = new(StatusCodes.Status400BadRequest, """{"error":"The webhook was not accepted."}"""u8);

    /// <summary>404: the provider does not exist, or is not configured.</summary>
    public static ReceiveAnswer NotFound { get; } = new(StatusCodes.Status404NotFound, """{"error":"Not found."}"""u8);

    /// <summary>405: the method is not POST.</summary>
    public static ReceiveAnswer MethodNotAllowed { get; } = new(StatusCodes.Status405MethodNotAllowed, """{"error":"Webhooks are sent by POST."}"""u8);

    /// <summary>413: the body is larger than the limit.</summary>
    public static ReceiveAnswer TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, """{"error":"The body is too large."}"""u8);

    /// <summary>503: the event could not be kept, and the provider should send it again.</summary>
    public static ReceiveAnswer Unavailable { get; } = new(StatusCodes.Status503ServiceUnavailable, """{"error":"Try again later."}"""u8);

    /// <summary>Returns the answer that repeats a challenge, as plain text.</summary>
    public static ReceiveAnswer Challenge(string challenge) => new(StatusCodes.Status200OK, Encoding.ASCII.GetBytes(challenge), "text/plain");

    /// <summary>The HTTP status.</summary>
    public int Status => _status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = _status;
        if (_status != StatusCodes.Status204NoContent)
        {
            response.ContentType = _contentType;
            response.ContentLength = _body.Length;
            response.Headers.XContentTypeOptions = "nosniff";
        }

        if (_status is StatusCodes.Status405MethodNotAllowed or StatusCodes.Status204NoContent)
        {
            response.Headers.Allow = "POST, OPTIONS";
        }
        else if (_status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            // Flushed when the response completes.
            response.BodyWriter.Write(_body);
        }

        return Task.CompletedTask;
    }
}
