using System.Net;

namespace WebhookFunctions.Outbound;

/// <summary>HTTP statuses that are transient, whichever service answered.</summary>
public static class TransientStatus
{
    // RFC 8470, 5.2. HttpStatusCode has no name for it.
    private const int TooEarly = 425;

    /// <summary>Returns whether the request may succeed later: 408, 425, 429 and 5xx.</summary>
    public static bool IsTransient(this HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or (HttpStatusCode)TooEarly or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;
}
