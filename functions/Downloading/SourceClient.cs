using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Options;

namespace WebhookFunctions.Downloading;

/// <summary>Asks for an asset: one GET, redirects followed by hand with every hop through the whole check, the provider's key to its own API alone.</summary>
public sealed class SourceClient(OutboundHttp http, IOptions<AssetOptions> options, TimeProvider clock)
{
    /// <summary>Redirects that are followed. The providers' links take one or two.</summary>
    public const int MaxRedirects = 5;

    /// <summary>The answer, or why there is none. Either is not null.</summary>
    public async Task<(SourceAnswer? Answer, DownloadFailure? Failure)> GetAsync(SourceRequest source, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Value.AnswerTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await FollowAsync(source, either.Token);
        }
        catch (BlockedDestinationException blocked)
        {
            return (null, new DownloadFailure(blocked.Reason, blocked.Message));
        }
        catch (HttpRequestException failure)
        {
            return (null, new DownloadFailure(FailureReason.Unreachable, $"The source could not be reached: {Why(failure)}."));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new DownloadFailure(FailureReason.TimedOut, $"The source did not answer within {options.Value.AnswerTimeout.TotalSeconds:0.#} s."));
        }
    }

    private async Task<(SourceAnswer? Answer, DownloadFailure? Failure)> FollowAsync(SourceRequest source, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(source.Link, UriKind.Absolute, out var link))
        {
            return (null, new DownloadFailure(FailureReason.InvalidLink, "The link is not an absolute URL."));
        }

        for (var hop = 0; ; hop++)
        {
            if (OutboundLink.Problem(link, options.Value.AllowLoopback) is { } problem)
            {
                return (null, new DownloadFailure(FailureReason.InvalidLink, problem));
            }

            if (source.Hosts is { } hosts && !hosts.Allows(link))
            {
                return (null, new DownloadFailure(FailureReason.BlockedHost, $"The host {link.IdnHost} is not on the list of allowed hosts."));
            }

            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            if (source.Rest is { } rest)
            {
                request.Headers.Range = new RangeHeaderValue(rest.Offset, null);
                request.Headers.IfRange = new RangeConditionHeaderValue(rest.Validator);
            }

            source.Provider.Authorize(request);
            var response = await http.SendAsync(request, cancellationToken);
            if (!IsRedirect(response.StatusCode))
            {
                if (source.Rest is not null && response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable or HttpStatusCode.PartialContent
                    && !IsThat(source.Rest, response))
                {
                    // It cannot say how the asset goes on, so it is asked for the whole.
                    response.Dispose();
                    return await FollowAsync(source with { Rest = null }, cancellationToken);
                }

                return Judge(source, response, link);
            }

            using (response)
            {
                if (hop == MaxRedirects)
                {
                    return (null, new DownloadFailure(FailureReason.TooManyRedirects, $"More than {MaxRedirects} redirects."));
                }

                var next = response.Headers.TryGetValues("Location", out var locations) && locations.ToList() is [{ } location]
                    ? OutboundLink.Redirect(link, location)
                    : null;
                if (next is null)
                {
                    return (null, new DownloadFailure(FailureReason.TooManyRedirects, $"{link.IdnHost} redirects ({(int)response.StatusCode}) to nowhere."));
                }

                link = next;
            }
        }
    }

    private (SourceAnswer? Answer, DownloadFailure? Failure) Judge(SourceRequest source, HttpResponseMessage response, Uri link)
    {
        var status = (int)response.StatusCode;
        switch (response.StatusCode)
        {
            // Where a rest was asked for: the asset has changed, or the source knows no ranges. Either way this is the whole.
            case HttpStatusCode.OK:
                return (new SourceAnswer(response, link, 0), null);
            case HttpStatusCode.PartialContent when source.Rest is { } rest && IsThat(rest, response):
                return (new SourceAnswer(response, link, rest.Offset), null);
        }

        using (response)
        {
            var reason = status switch
            {
                401 => FailureReason.Unauthorized,
                403 => FailureReason.Forbidden,
                404 => FailureReason.NotFound,
                408 or 425 or 429 => FailureReason.Busy,
                410 => FailureReason.Gone,
                416 => FailureReason.UnexpectedAnswer,
                >= 400 and < 500 => FailureReason.Refused,
                >= 500 => FailureReason.ServerError,
                _ => FailureReason.UnexpectedAnswer,
            };
            return (null, new DownloadFailure(reason, $"{link.IdnHost} answered {status}.", RetryAfter(response)));
        }
    }

    private static bool IsThat(SourceRest rest, HttpResponseMessage response) =>
        response.Content.Headers.ContentRange is { Unit: "bytes", HasRange: true } range
        && range.From == rest.Offset
        && (rest.TotalBytes is not { } total || (range.To == total - 1 && (range.Length is null || range.Length == total)))
        && (response.Headers.ETag is not { } tag || tag.ToString() == rest.Validator);

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - clock.GetUtcNow(),
        _ => null,
    };

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    // The exceptions' own texts may hold the whole link.
    private static string Why(HttpRequestException failure) => failure.InnerException switch
    {
        SocketException socket => socket.SocketErrorCode.ToString(),
        AuthenticationException => "the TLS handshake failed",
        _ => failure.HttpRequestError.ToString(),
    };
}
