using Microsoft.AspNetCore.Http;

namespace WebhookFunctions.Dashboard;

/// <summary>Answer to a browser that requests a file of the page: the file, 304 if the browser has it, a redirect, or 404. Each carries the headers
/// that confine the page.</summary>
/// <remarks>
/// https://www.w3.org/TR/CSP3/: the browser loads only the page's own files and, as images and media, blobs of this deployment. Scripts cannot make
/// markup from text (https://w3c.github.io/trusted-types/dist/spec/), so text from data stays text even if the page's code has a defect.
/// </remarks>
public sealed class DashboardAnswer : IResult
{
    private readonly DashboardFile? _file;
    private readonly string _policy;
    private readonly string? _location;

    private DashboardAnswer(int status, DashboardFile? file, string policy, string? location = null) =>
        (Status, _file, _policy, _location) = (status, file, policy, location);

    /// <summary>The HTTP status if the browser does not have the file.</summary>
    public int Status { get; }

    /// <summary>Returns an answer with a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="policy">The page's Content-Security-Policy.</param>
    public static DashboardAnswer Create(DashboardFile file, string policy) => new(StatusCodes.Status200OK, file, policy);

    /// <summary>Returns a redirect to another address.</summary>
    /// <param name="location">The address, relative to the requested one.</param>
    /// <param name="policy">The page's Content-Security-Policy.</param>
    public static DashboardAnswer Redirect(string location, string policy) => new(StatusCodes.Status307TemporaryRedirect, null, policy, location);

    /// <summary>Returns an answer for a file that the page does not have.</summary>
    /// <param name="policy">The page's Content-Security-Policy.</param>
    public static DashboardAnswer NotFound(string policy) => new(StatusCodes.Status404NotFound, null, policy);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        var headers = response.Headers;
        headers.ContentSecurityPolicy = _policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        response.StatusCode = Status;
        if (_location is not null)
        {
            headers.Location = _location;
        }

        if (_file is null)
        {
            return;
        }

        // Cached but revalidated each time, so that the next visit after a deployment loads the new page.
        headers.CacheControl = "no-cache";
        headers.ETag = _file.ETag;
        if (request.Headers.IfNoneMatch.Any(tags => tags is not null && _file.IsNamedBy(tags)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = _file.ContentType;
        response.ContentLength = _file.Content.Length;
        await response.Body.WriteAsync(_file.Content, httpContext.RequestAborted);
    }
}
