using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using WebhookFunctions.Outbound;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Outbound;

/// <summary>Tests of the headers of outbound requests, of redirects, and of the addresses that they connect to.</summary>
public sealed class OutboundHttpTests : IAsyncDisposable
{
    private static readonly IPAddress Public = IPAddress.Parse("142.250.185.80");
    private static readonly IPAddress Other = IPAddress.Parse("8.8.8.8");

    private readonly HostileServer _server = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task No_additional_header_is_sent_and_no_cookie_or_redirect_is_followed()
    {
        _server.DefaultScript = static exchange => exchange.AnswerAsync("302 Found", "Set-Cookie: a=b\r\nLocation: /elsewhere\r\n");
        using var http = new OutboundHttp(new SystemNetwork(), Options.Create(new OutboundOptions { AllowLoopback = true }));
        using var activity = new Activity("download").Start();

        foreach (var path in (string[])["/one", "/two"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _server.Url(path));
            using var response = await http.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        }

        Assert.Equal(["/one", "/two"], _server.Requests.Select(request => request.Path));
        Assert.All(_server.Requests, request => Assert.Equal(["Host"], request.Headers.Keys));
    }

    [Fact]
    public async Task A_compressed_body_is_passed_on_unchanged()
    {
        byte[] sent = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        _server.DefaultScript = exchange => exchange.AnswerAsync("200 OK", "Content-Encoding: gzip\r\n", sent);
        using var http = new OutboundHttp(new SystemNetwork(), Options.Create(new OutboundOptions { AllowLoopback = true }));
        using var request = new HttpRequestMessage(HttpMethod.Get, _server.Url("/"));

        using var response = await http.SendAsync(request, Cancel);

        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task If_loopback_is_not_allowed_it_is_refused_before_anything_is_sent()
    {
        var blocked = await BlockedAsync(new TestNetwork(_ => []), _server.Url("/"));

        Assert.Equal(BlockedReason.InvalidLink, blocked.Reason);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://inside.example/")]
    public async Task A_host_with_a_private_name_is_refused_by_its_name(string link)
    {
        var network = new TestNetwork(_ => [IPAddress.Loopback]);

        var blocked = await BlockedAsync(network, link);

        Assert.Equal(BlockedReason.BlockedAddress, blocked.Reason);
        Assert.Contains(new Uri(link).Host, blocked.Message, StringComparison.Ordinal);
        Assert.Empty(network.Connected);
    }

    [Fact]
    public async Task A_host_without_an_address_is_not_found()
    {
        var failure = await FailureAsync(new TestNetwork(_ => []), "https://nowhere.example/");

        Assert.Equal(SocketError.HostNotFound, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task If_an_address_refuses_the_next_is_tried_and_the_last_refusal_is_reported()
    {
        var network = new TestNetwork(_ => [Public, Other]);

        var failure = await FailureAsync(network, "https://cdn.example/");

        Assert.Equal([new IPEndPoint(Public, 443), new IPEndPoint(Other, 443)], network.Connected);
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task If_an_address_does_not_answer_in_time_the_next_is_tried()
    {
        var network = new TimingOutNetwork();

        await FailureAsync(network, "https://cdn.example/");

        Assert.Equal([Public, Other], network.Tried);
    }

    [Fact]
    public async Task A_caller_that_cancels_does_not_wait_for_the_remaining_addresses()
    {
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var network = new SilentNetwork();
        using var http = new OutboundHttp(network, Options.Create(new OutboundOptions()));
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://cdn.example/");
        var answer = http.SendAsync(request, caller.Token);
        await network.Connecting.WaitAsync(Eventually.MaxWait, Cancel);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WaitAsync(Eventually.MaxWait, Cancel));
    }

    private static async Task<BlockedDestinationException> BlockedAsync(INetwork network, string link)
    {
        using var http = new OutboundHttp(network, Options.Create(new OutboundOptions()));
        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        return await Assert.ThrowsAsync<BlockedDestinationException>(() => http.SendAsync(request, Cancel));
    }

    private static async Task<HttpRequestException> FailureAsync(INetwork network, string link)
    {
        using var http = new OutboundHttp(network, Options.Create(new OutboundOptions()));
        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        return await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(request, Cancel));
    }

    /// <summary>Network with two public addresses, of which the first times out.</summary>
    private sealed class TimingOutNetwork : INetwork
    {
        public List<IPAddress> Tried { get; } = [];

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Task.FromResult<IPAddress[]>([Public, Other]);

        public ValueTask<Stream> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
        {
            Tried.Add(endpoint.Address);
            throw endpoint.Address.Equals(Public) ? new OperationCanceledException() : new SocketException((int)SocketError.ConnectionRefused);
        }
    }

    /// <summary>Network with two public addresses that never answer.</summary>
    private sealed class SilentNetwork : INetwork
    {
        private readonly TaskCompletionSource _connecting = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Connecting => _connecting.Task;

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Task.FromResult<IPAddress[]>([Public, Other]);

        public async ValueTask<Stream> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
        {
            _connecting.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new UnreachableException();
        }
    }
}
