namespace WebhookFunctions.Downloading;

/// <summary>
/// The one way out: every request to a link or a provider's API goes through here. Redirects are never followed, no cookies are kept,
/// no proxy is taken from the environment, nothing is decompressed, and a connection is made only to an address that was checked.
/// </summary>
public sealed class OutboundHttp : IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
    });

    /// <summary>Sends a request and returns when the answer's headers are there; its body is yet to be read.</summary>
    /// <exception cref="HttpRequestException">The host could not be reached, or must not be.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker.SendAsync(request, cancellationToken);

    public void Dispose() => _invoker.Dispose();
}
