using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace WebhookFunctions.Outbound;

/// <summary>
/// Guarded HTTP client for every outgoing request to a link or a provider's API. It follows no redirects, keeps no cookies, uses no proxy from the
/// environment, decompresses nothing, and sends no trace context. It connects only to addresses that were checked.
/// </summary>
public sealed class OutboundHttp : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    // Bounded, so that one unreachable address among several leaves time for the others.
    private static readonly TimeSpan TimeoutPerAddress = TimeSpan.FromSeconds(5);

    private readonly INetwork _network;
    private readonly bool _allowLoopback;
    private readonly HttpMessageInvoker _public;
    private readonly HttpMessageInvoker _private;
    private readonly HttpMessageInvoker _loopback;

    public OutboundHttp(INetwork network, IOptions<OutboundOptions> options)
    {
        _network = network;
        _allowLoopback = options.Value.AllowLoopback;
        _public = new HttpMessageInvoker(Handler((context, token) => ConnectAsync(context, PublicAddresses.Contains, token)));
        _private = new HttpMessageInvoker(Handler(
            (context, token) => ConnectAsync(context, address => PublicAddresses.Contains(address) || PrivateAddresses.Contains(address), token)));
        _loopback = new HttpMessageInvoker(Handler(ConnectLoopbackAsync));
    }

    /// <summary>Sends a request and returns once the answer's headers have arrived; its body is still unread.</summary>
    /// <exception cref="BlockedDestinationException">The request was not made, because its destination is blocked.</exception>
    /// <exception cref="HttpRequestException">The host could not be reached.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, admitsPrivate: false, cancellationToken);

    /// <summary>Does the same as <see cref="SendAsync(HttpRequestMessage, CancellationToken)"/>, for an address that the operator has set and no
    /// sender can choose.</summary>
    /// <param name="request">The request.</param>
    /// <param name="admitsPrivate">Whether the host may lead to a private network (<see cref="PrivateAddresses"/>) too.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool admitsPrivate, CancellationToken cancellationToken)
    {
        if (OutboundLink.Problem(request.RequestUri, _allowLoopback) is { } problem)
        {
            throw new BlockedDestinationException(BlockedReason.InvalidLink, problem);
        }

        var invoker = request.RequestUri!.Scheme == Uri.UriSchemeHttps ? admitsPrivate ? _private : _public : _loopback;
        try
        {
            return await invoker.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.InnerException is BlockedDestinationException blocked)
        {
            throw blocked;
        }
    }

    public void Dispose()
    {
        _public.Dispose();
        _private.Dispose();
        _loopback.Dispose();
    }

    private static SocketsHttpHandler Handler(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectCallback = connect,
        ConnectTimeout = ConnectTimeout,
        // An unread answer is closed instead of being read to its end.
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    };

    /// <summary>Resolves all addresses of the host, refuses the host if any of them is not admitted, and connects to one of them.</summary>
    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, Predicate<IPAddress> admits, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _network.ResolveAsync(host, cancellationToken);
        if (!Array.TrueForAll(addresses, admits))
        {
            throw new BlockedDestinationException(BlockedReason.BlockedAddress, $"The host {host} leads to an address that is not public.");
        }

        Exception? last = null;
        foreach (var address in addresses)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(TimeoutPerAddress);
            try
            {
                return await _network.ConnectAsync(new IPEndPoint(address, port), timeout.Token);
            }
            catch (Exception exception) when (exception is SocketException || !cancellationToken.IsCancellationRequested)
            {
                last = exception;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private async ValueTask<Stream> ConnectLoopbackAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        await _network.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), cancellationToken);
}
