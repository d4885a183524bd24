namespace WebhookFunctions.Outbound;

/// <summary>Reader of header <c>Retry-After</c> (RFC 9110, 10.2.3).</summary>
public static class RetryAfterHeader
{
    /// <summary>Returns how long the server asks to wait; null if it does not say, or names a time in the past.</summary>
    public static TimeSpan? RetryAfter(this HttpResponseMessage response, TimeProvider clock) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > clock.GetUtcNow() => date - clock.GetUtcNow(),
        _ => null,
    };
}
