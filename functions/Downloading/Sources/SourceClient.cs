using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Downloading.Sources;

/// <summary>Client of media sources that makes one GET and follows redirects itself. Every hop passes the whole check, and the provider's key goes
/// only to its own API.</summary>
public sealed class SourceClient(OutboundHttp http, IOptions<AssetOptions> options, TimeProvider clock)
{
    /// <summary>The maximum number of redirects. The providers' links take one or two.</summary>
    public const int MaxRedirects = 5;

    // How much of a refusal's body is read, for the provider to interpret.
    private const int RefusalBytes = 4096;

    // Some storage front ends refuse a request without a user agent.
    private static readonly ProductInfoHeaderValue UserAgent = new("WebhookFunctions", "1.0");

    /// <summary>Requests an asset. The caller disposes the answer.</summary>
    public async Task<SourceResult> GetAsync(SourceRequest source, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Value.AnswerTimeout, clock);
        using var timeoutOrCancelled = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await FollowAsync(source, timeoutOrCancelled.Token);
        }
        catch (HttpRequestException exception) when (source.Resume is not null && IsDropped(exception))
        {
            // Some front ends close the connection instead of refusing the range. Request the whole, once.
            return await GetAsync(source with { Resume = null }, cancellationToken);
        }
        catch (BlockedDestinationException exception)
        {
            return new SourceResult.Failed(ReasonOf(exception.Reason), exception.Message);
        }
        catch (HttpRequestException exception)
        {
            return new SourceResult.Failed(FailureReason.Unreachable, $"The source could not be reached: {OutboundFailure.Describe(exception)}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SourceResult.Failed(FailureReason.TimedOut, $"The source did not answer within {options.Value.AnswerTimeout.TotalSeconds:0.#} s.");
        }
    }

    private async Task<SourceResult> FollowAsync(SourceRequest source, CancellationToken cancellationToken)
    {
        if (OutboundLink.Parse(source.Link) is not { } link)
        {
            return new SourceResult.Failed(FailureReason.InvalidLink, "The link is not an absolute URL.");
        }

        for (var hop = 0; ; hop++)
        {
            if (source.Hosts is { } hosts && !hosts.Allows(link))
            {
                return new SourceResult.Failed(FailureReason.BlockedHost, $"The host {link.IdnHost} is not on the list of allowed hosts.");
            }

            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            if (source.Resume is { } resume)
            {
                request.Headers.Range = new RangeHeaderValue(resume.Offset, null);
                request.Headers.IfRange = new RangeConditionHeaderValue(resume.Validator);
            }

            request.Headers.UserAgent.Add(UserAgent);
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            source.Provider.Authorize(request);
            var response = await http.SendAsync(request, cancellationToken);
            if (!IsRedirect(response.StatusCode))
            {
                if (source.Resume is { } resumePoint && RefusesRange(resumePoint, response))
                {
                    // The source cannot send the rest of the asset, so the whole is requested, once.
                    response.Dispose();
                    return await FollowAsync(source with { Resume = null }, cancellationToken);
                }

                return await ClassifyAsync(source, response, link, cancellationToken);
            }

            using (response)
            {
                if (hop == MaxRedirects)
                {
                    return new SourceResult.Failed(FailureReason.TooManyRedirects, $"More than {MaxRedirects} redirects.");
                }

                var next = Location(response) is { } location ? OutboundLink.Redirect(link, location) : null;
                if (next is null)
                {
                    return new SourceResult.Failed(FailureReason.TooManyRedirects, $"{link.IdnHost} redirects ({(int)response.StatusCode}) without a destination.");
                }

                if (OutboundLink.IsDowngrade(link, next))
                {
                    return new SourceResult.Failed(FailureReason.InvalidLink, $"{link.IdnHost} redirects from https to http.");
                }

                link = next;
            }
        }
    }

    private async Task<SourceResult> ClassifyAsync(
        SourceRequest source, HttpResponseMessage response, Uri link, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        switch (response.StatusCode)
        {
            // If a range was requested, the asset has changed or the source does not support ranges. Either way this is the whole.
            case HttpStatusCode.OK:
                return new SourceResult.Answered(new SourceAnswer(response, 0));
            case HttpStatusCode.PartialContent when source.Resume is { } resume && MatchesRequestedRange(resume, response):
                return new SourceResult.Answered(new SourceAnswer(response, resume.Offset));

            // Some servers send the whole as 206 although no range was requested.
            case HttpStatusCode.PartialContent when source.Resume is null && IsWhole(response):
                return new SourceResult.Answered(new SourceAnswer(response, 0));
        }

        using (response)
        {
            if (status is >= 400 and < 500 && source.Provider.IsNotReady(link, response.StatusCode, await ReadPrefixAsync(response, cancellationToken)))
            {
                return new SourceResult.Failed(FailureReason.Busy, $"{link.IdnHost} answered {status}: the file is not ready yet.", response.RetryAfter(clock));
            }

            var reason = response.StatusCode.IsTransient()
                ? status < 500 ? FailureReason.Busy : FailureReason.ServerError
                : status switch
                {
                    401 => FailureReason.Unauthorized,
                    403 => FailureReason.Forbidden,
                    404 => FailureReason.NotFound,
                    409 or 423 => FailureReason.NotReady,
                    410 => FailureReason.Gone,
                    416 => FailureReason.UnexpectedAnswer,
                    >= 400 and < 500 => FailureReason.Refused,
                    _ => FailureReason.UnexpectedAnswer,
                };
            return new SourceResult.Failed(reason, $"{link.IdnHost} answered {status}.", response.RetryAfter(clock));
        }
    }

    // The raw header is used, because HttpResponseHeaders.Location is a Uri, which has turned 0x7f.1 into 127.0.0.1.
    private static string? Location(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Location", out var values) && values.Count == 1 && values.ToString() is { Length: > 0 } location ? location : null;

    // Returns whether the answer is the requested range. A server may send less, and if neither side knows the whole length, a part would pass for
    // the rest.
    private static bool MatchesRequestedRange(ResumePoint resume, HttpResponseMessage response) =>
        response.Content.Headers.ContentRange is { Unit: "bytes", HasRange: true } range
        && range.From == resume.Offset
        && (resume.TotalBytes ?? range.Length) is { } total
        && range.To == total - 1
        && (range.Length is null || range.Length == total)
        && (response.Headers.ETag is not { } tag || tag.ToString() == resume.Validator);

    private static bool IsWhole(HttpResponseMessage response) =>
        response.Content.Headers.ContentRange is { Unit: "bytes", From: 0, To: { } last, Length: { } total } && last == total - 1;

    // Returns whether a refusal may be due to the range. Some front ends refuse a range that they cannot serve, or a header that a link's signature
    // does not cover. Refusals about the file or about load would be the same without the range.
    private static bool RefusesRange(ResumePoint resume, HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.PartialContent => !MatchesRequestedRange(resume, response),
        HttpStatusCode.NotFound or HttpStatusCode.Gone => false,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => false,
        >= HttpStatusCode.InternalServerError => true,
        >= HttpStatusCode.BadRequest => !response.StatusCode.IsTransient(),
        _ => false,
    };

    // Returns whether the connection was made and the request sent, but closed without an answer.
    private static bool IsDropped(HttpRequestException exception) =>
        exception.HttpRequestError is HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError
        || exception is { HttpRequestError: HttpRequestError.Unknown, InnerException: IOException };

    private static async Task<byte[]> ReadPrefixAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[RefusalBytes];
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return buffer[..await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)];
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return [];
        }
    }

    private static FailureReason ReasonOf(BlockedReason reason) => reason switch
    {
        BlockedReason.InvalidLink => FailureReason.InvalidLink,
        BlockedReason.BlockedAddress => FailureReason.BlockedAddress,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;
}
